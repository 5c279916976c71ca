package io.holdfast.local.template;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads the resources of a template, each by the reader of its type. */
final class ModelReader {
    private final Document document;
    private final ResourceNames names;
    private final Expressions expressions;
    private final MachineReader machines;
    private final ApiReader apis;
    private final List<Resource> resources = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    ModelReader(Document document, Path directory, ResourceNames names, Expressions expressions) {
        this.document = document;
        this.names = names;
        this.expressions = expressions;
        this.machines = new MachineReader(directory);
        this.apis = new ApiReader(id -> names.name(id, "FunctionName", expressions));
    }

    Model read() {
        List<Element> elements = elements();
        elements.forEach(apis::take);
        for (Element element : elements) {
            readOne(element);
            element.properties().done();
        }
        resources.addAll(apis.finish());
        return new Model(resources, warnings);
    }

    private List<Element> elements() {
        List<Element> elements = new ArrayList<>();
        for (var entry : document.root().path("Resources").properties()) {
            String path = "Resources." + entry.getKey();
            String type = entry.getValue().path("Type").asText();
            if (!expressions.exists(entry.getValue(), path) || ResourceTypes.INERT.contains(type)) {
                continue;
            }
            if (!ResourceTypes.isKnown(type)) {
                warnings.add(
                        document.warning(
                                path, "(" + type + ") is not understood here and does not run"));
                continue;
            }
            Properties properties =
                    new Properties(
                            document,
                            expressions,
                            entry.getValue().path("Properties"),
                            path + ".Properties",
                            warnings::add);
            elements.add(new Element(entry.getKey(), type, properties));
        }
        return elements;
    }

    private void readOne(Element element) {
        String id = element.logicalId();
        switch (element.type()) {
            case "AWS::Serverless::Function" -> {
                resources.add(FunctionReader.read(element, name(id, "FunctionName")));
                events(element, "function:" + name(id, "FunctionName"), "lambda");
            }
            case "AWS::Lambda::Function" ->
                    resources.add(FunctionReader.read(element, name(id, "FunctionName")));
            case "AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable" ->
                    resources.add(DataReader.table(element, name(id, "TableName")));
            case "AWS::SQS::Queue" ->
                    resources.add(DataReader.queue(element, name(id, "QueueName")));
            case "AWS::ElastiCache::ServerlessCache",
                    "AWS::ElastiCache::CacheCluster",
                    "AWS::ElastiCache::ReplicationGroup" ->
                    resources.add(DataReader.cache(element));
            case "AWS::Serverless::StateMachine" -> {
                resources.add(machines.read(element, name(id, "Name")));
                events(element, "stateMachine:" + name(id, "Name"), "states");
            }
            case "AWS::StepFunctions::StateMachine" ->
                    resources.add(machines.read(element, name(id, "StateMachineName")));
            case "AWS::Scheduler::Schedule" ->
                    resources.add(ScheduleReader.resource(element, name(id, "Name")));
            case "AWS::Scheduler::ScheduleGroup" -> {
                element.properties().inert("Name", "Tags");
                resources.add(new Resource.ScheduleGroup(id, name(id, "Name")));
            }
            case "AWS::Lambda::EventSourceMapping" -> {
                Properties p = element.properties();
                String function = p.requiredText("FunctionName");
                resources.add(
                        MappingReader.read(
                                id,
                                p,
                                "EventSourceArn",
                                function.substring(function.lastIndexOf(':') + 1)));
            }
            default -> {} // the parts of APIs were taken before
        }
    }

    private void events(Element element, String target, String service) {
        for (Map.Entry<String, Properties> entry :
                element.properties().children("Events").entrySet()) {
            Properties event = entry.getValue();
            String id = element.logicalId() + entry.getKey();
            String type = event.requiredText("Type");
            Properties p = event.child("Properties");
            String arn = Pseudo.arn(service, target);
            boolean scheduled = type.equals("Schedule") || type.equals("ScheduleV2");
            if (!scheduled && service.equals("states")) {
                throw event.fault("Type", type + " cannot start a state machine here");
            }
            switch (type) {
                case "Schedule" -> resources.add(ScheduleReader.event(id, p, "Schedule", arn));
                case "ScheduleV2" ->
                        resources.add(ScheduleReader.event(id, p, "ScheduleExpression", arn));
                case "HttpApi" -> apis.takeEvent(element.logicalId(), p);
                case "SQS" ->
                        resources.add(
                                MappingReader.read(
                                        id, p, "Queue", target.substring("function:".length())));
                default ->
                        throw event.fault(
                                "Type", type + " is not understood here as an event's source");
            }
            event.done();
        }
    }

    private String name(String logicalId, String property) {
        return names.name(logicalId, property, expressions);
    }
}
