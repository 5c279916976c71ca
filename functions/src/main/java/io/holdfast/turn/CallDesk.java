package io.holdfast.turn;

import io.holdfast.platform.TurnId;

/** Asks humans about calls, on behalf of the states that wait for them. */
final class CallDesk {
    private final CallStore calls;
    private final Approvals approvals;
    private final Pauser pauser;

    CallDesk(CallStore calls, Approvals approvals, Pauser pauser) {
        this.calls = calls;
        this.approvals = approvals;
        this.pauser = pauser;
    }

    /** Notes what a state waits with; it is woken at once if the answer was faster. */
    void ask(TurnId turn, CallId id, String taskToken) {
        if (calls.ask(turn, id, taskToken).answer() == null) {
            pauser.pauseIfIdle(turn, id.step());
        } else {
            approvals.wake(turn);
        }
    }

    /** Says that nobody has answered in time. */
    void expire(TurnId turn, CallId id) {
        approvals.expire(turn, id);
    }
}
