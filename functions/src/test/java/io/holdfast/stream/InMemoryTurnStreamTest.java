package io.holdfast.stream;

class InMemoryTurnStreamTest extends TurnStreamContract {

    InMemoryTurnStreamTest() {
        super(new InMemoryTurnStream(SETTINGS));
    }

    @Override
    protected void forget() {
        ((InMemoryTurnStream) stream).forget();
    }
}
