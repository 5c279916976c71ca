package io.holdfast.stream;

class InMemoryTurnStreamTest extends TurnStreamContract {

    InMemoryTurnStreamTest() {
        super(new InMemoryTurnStream(SETTINGS));
    }

    @Override
    protected void forget() {
        twin().forget();
    }

    @Override
    protected void lose(InMemoryTurnStream.Part part) {
        twin().lose(turn, part);
    }

    @Override
    protected void loseNewest() {
        twin().loseNewest(turn, 1);
    }

    private InMemoryTurnStream twin() {
        return (InMemoryTurnStream) stream;
    }
}
