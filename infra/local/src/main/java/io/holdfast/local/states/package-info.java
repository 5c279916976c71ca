/**
 * Step Functions: a States Language (JSONata) engine behind the real service API.
 *
 * <p>{@link io.holdfast.local.states.StatesEngine} holds state machines and executions. An {@code
 * Execution} runs a {@code Strand} of states; a {@code Visit} is one state being run, {@code
 * Recovery} its attempts, {@code TaskRun}, {@code MapRun} and {@code ParallelRun} one of them.
 * {@link io.holdfast.local.states.StatesServer} puts the API before it.
 */
@NullMarked
package io.holdfast.local.states;

import org.jspecify.annotations.NullMarked;
