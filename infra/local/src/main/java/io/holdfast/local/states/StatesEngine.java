package io.holdfast.local.states;

import com.fasterxml.jackson.core.JsonProcessingException;

import io.holdfast.local.states.language.Definition;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Runs state machines: Standard workflows of the Amazon States Language with JSONata. Everything
 * lives in memory; executions run on virtual threads.
 *
 * @see <a href="https://states-language.net/spec.html">Amazon States Language</a>
 */
public final class StatesEngine {
    // 1 to 80 characters, none of those that the API refuses (CreateStateMachine, StartExecution).
    private static final Pattern NAME =
            Pattern.compile(
                    "[^\\s<>{}\\[\\]?*\"#%\\\\^|~`$&,;:/\\u0000-\\u001f\\u007f-\\u009f\\p{Cs}]{1,80}");

    final StatesSettings settings;
    final TaskIntegrations integrations;
    final TaskTokens tokens = new TaskTokens();

    // Guarded by this.
    private final Map<String, StateMachine> machines = new LinkedHashMap<>();
    private final LinkedHashMap<String, Execution> executions = new LinkedHashMap<>();
    private final Deque<String> finished = new ArrayDeque<>();

    /** Makes an engine without state machines. */
    public StatesEngine(StatesSettings settings, TaskIntegrations integrations) {
        this.settings = settings;
        this.integrations = integrations;
    }

    /**
     * Makes a state machine; again with the same definition, nothing happens.
     *
     * @param definition JSON
     * @return its ARN, {@code arn:aws:states:REGION:ACCOUNT:stateMachine:NAME}
     * @throws io.holdfast.local.states.language.InvalidDefinitionException with every fault
     * @throws StatesException {@code InvalidName}, or {@code StateMachineAlreadyExists} with
     *     another definition
     */
    public String createStateMachine(String name, String definition) {
        return createStateMachine(
                        name,
                        definition,
                        "arn:aws:iam::" + settings.account() + ":role/StatesExecutionRole")
                .arn();
    }

    StateMachine createStateMachine(String name, String text, String roleArn) {
        checkName(name);
        Definition definition = Definition.parse(text);
        String arn = settings.arn("stateMachine", name);
        synchronized (this) {
            StateMachine present = machines.get(arn);
            if (present != null) {
                if (present.text().equals(text)) {
                    return present;
                }
                throw new StatesException(
                        "StateMachineAlreadyExists", "State Machine Already Exists: '" + arn + "'");
            }
            Instant now = settings.timer().instant();
            StateMachine made =
                    new StateMachine(arn, name, text, definition, roleArn, now, now, null);
            machines.put(arn, made);
            return made;
        }
    }

    StateMachine updateStateMachine(String arn, @Nullable String text, @Nullable String roleArn) {
        Definition definition = text == null ? null : Definition.parse(text);
        synchronized (this) {
            StateMachine old = machine(arn);
            StateMachine updated =
                    new StateMachine(
                            arn,
                            old.name(),
                            text == null ? old.text() : text,
                            definition == null ? old.definition() : definition,
                            roleArn == null ? old.roleArn() : roleArn,
                            old.created(),
                            settings.timer().instant(),
                            UUID.randomUUID().toString());
            machines.put(arn, updated);
            return updated;
        }
    }

    /** Its executions run on, with the definition that they started with. */
    synchronized void deleteStateMachine(String arn) {
        machines.remove(arn);
    }

    synchronized StateMachine machine(String arn) {
        StateMachine machine = machines.get(arn);
        if (machine == null) {
            throw new StatesException(
                    "StateMachineDoesNotExist", "State Machine Does Not Exist: '" + arn + "'");
        }
        return machine;
    }

    synchronized Collection<StateMachine> machines() {
        return List.copyOf(machines.values());
    }

    /**
     * Starts an execution. "StartExecution is idempotent for STANDARD workflows": the same name and
     * input as one that runs is that one; otherwise, a name is used once.
     *
     * @see <a
     *     href="https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html">StartExecution</a>
     */
    Execution startExecution(String machineArn, String name, String inputText) {
        Payload input = executionInput(inputText);
        Execution started;
        synchronized (this) {
            StateMachine machine = machine(machineArn);
            checkName(name);
            String arn = settings.arn("execution", machine.name() + ":" + name);
            Execution present = executions.get(arn);
            if (present != null) {
                if (present.status() == Execution.Status.RUNNING
                        && present.input.text().equals(inputText)) {
                    return present;
                }
                throw new StatesException(
                        "ExecutionAlreadyExists", "Execution Already Exists: '" + arn + "'");
            }
            started = new Execution(this, machine, arn, name, input);
            executions.put(arn, started);
        }
        started.start();
        return started;
    }

    private static Payload executionInput(String text) {
        if (Payload.isTooLarge(text)) {
            throw StatesException.validation(
                    "1 validation error detected: Value at 'input' failed to satisfy constraint:"
                            + " Member must have length less than or equal to "
                            + Payload.MAX_BYTES);
        }
        if (text.isEmpty()) {
            throw new StatesException(
                    "InvalidExecutionInput",
                    "Invalid State Machine Execution Input: 'Invalid execution input.'");
        }
        try {
            return Payload.read(text);
        } catch (JsonProcessingException e) {
            throw new StatesException(
                    "InvalidExecutionInput",
                    "Invalid State Machine Execution Input: '" + e.getOriginalMessage() + "'");
        }
    }

    private static void checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new StatesException("InvalidName", "Invalid Name: '" + name + "'");
        }
    }

    synchronized Execution execution(String arn) {
        Execution execution = executions.get(arn);
        if (execution == null) {
            throw new StatesException(
                    "ExecutionDoesNotExist", "Execution Does Not Exist: '" + arn + "'");
        }
        return execution;
    }

    synchronized boolean isKnown(String executionArn) {
        return executions.containsKey(executionArn);
    }

    /** A state machine's executions, newest first. */
    synchronized List<Execution> executions(String machineArn) {
        return new ArrayList<>(executions.sequencedValues())
                .reversed().stream()
                        .filter(execution -> execution.machine.arn().equals(machineArn))
                        .toList();
    }

    /** Called once by each execution: the oldest finished ones make room. */
    synchronized void closed(Execution execution) {
        finished.add(execution.arn);
        while (finished.size() > settings.finishedExecutionsKept()) {
            executions.remove(finished.remove());
        }
    }
}
