package io.holdfast.local.states;

import io.holdfast.local.states.language.Definition;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A state machine as it was when an execution started.
 *
 * @param text its definition as it was given
 * @param updated when this revision was made
 * @param revision its id, or absent for the first one
 */
record StateMachine(
        String arn,
        String name,
        String text,
        Definition definition,
        String roleArn,
        Instant created,
        Instant updated,
        @Nullable String revision) {}
