package io.holdfast.local.template;

import java.util.Set;

/** The resource types that are understood, and those of them that need nothing to run. */
final class ResourceTypes {

    /** These run here, or describe how something that runs here is wired. */
    static final Set<String> RUNNING =
            Set.of(
                    "AWS::ApiGatewayV2::Api",
                    "AWS::ApiGatewayV2::Integration",
                    "AWS::ApiGatewayV2::Route",
                    "AWS::ApiGatewayV2::Stage",
                    "AWS::DynamoDB::Table",
                    "AWS::ElastiCache::CacheCluster",
                    "AWS::ElastiCache::ReplicationGroup",
                    "AWS::ElastiCache::ServerlessCache",
                    "AWS::Lambda::EventSourceMapping",
                    "AWS::Lambda::Function",
                    "AWS::SQS::Queue",
                    "AWS::Scheduler::Schedule",
                    "AWS::Scheduler::ScheduleGroup",
                    "AWS::Serverless::Function",
                    "AWS::Serverless::HttpApi",
                    "AWS::Serverless::SimpleTable",
                    "AWS::Serverless::StateMachine",
                    "AWS::StepFunctions::StateMachine");

    /** Permissions, networks, logs, alarms, versions: understood, and nothing to run. */
    static final Set<String> INERT =
            Set.of(
                    "AWS::ApiGateway::Account",
                    "AWS::ApiGatewayV2::Deployment",
                    "AWS::ApplicationAutoScaling::ScalableTarget",
                    "AWS::ApplicationAutoScaling::ScalingPolicy",
                    "AWS::Bedrock::Guardrail",
                    "AWS::Budgets::Budget",
                    "AWS::CloudFormation::WaitConditionHandle",
                    "AWS::CloudWatch::Alarm",
                    "AWS::CloudWatch::CompositeAlarm",
                    "AWS::CloudWatch::Dashboard",
                    "AWS::EC2::EIP",
                    "AWS::EC2::InternetGateway",
                    "AWS::EC2::NatGateway",
                    "AWS::EC2::Route",
                    "AWS::EC2::RouteTable",
                    "AWS::EC2::SecurityGroup",
                    "AWS::EC2::SecurityGroupEgress",
                    "AWS::EC2::SecurityGroupIngress",
                    "AWS::EC2::Subnet",
                    "AWS::EC2::SubnetRouteTableAssociation",
                    "AWS::EC2::VPC",
                    "AWS::EC2::VPCEndpoint",
                    "AWS::EC2::VPCGatewayAttachment",
                    "AWS::ElastiCache::ParameterGroup",
                    "AWS::ElastiCache::SubnetGroup",
                    "AWS::ElastiCache::User",
                    "AWS::ElastiCache::UserGroup",
                    "AWS::IAM::ManagedPolicy",
                    "AWS::IAM::Policy",
                    "AWS::IAM::Role",
                    "AWS::IAM::RolePolicy",
                    "AWS::KMS::Alias",
                    "AWS::KMS::Key",
                    "AWS::Lambda::Alias",
                    "AWS::Lambda::EventInvokeConfig",
                    "AWS::Lambda::LayerVersion",
                    "AWS::Lambda::Permission",
                    "AWS::Lambda::Version",
                    "AWS::Logs::LogGroup",
                    "AWS::Logs::MetricFilter",
                    "AWS::Logs::QueryDefinition",
                    "AWS::Logs::ResourcePolicy",
                    "AWS::SQS::QueuePolicy",
                    "AWS::Serverless::LayerVersion",
                    "AWS::XRay::Group",
                    "AWS::XRay::SamplingRule");

    private ResourceTypes() {}

    static boolean isKnown(String type) {
        return RUNNING.contains(type) || INERT.contains(type);
    }
}
