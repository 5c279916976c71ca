package io.holdfast.stream;

import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStream.Appended;
import io.holdfast.stream.TurnStream.Subscription;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The subscribers that a writer delivers to while it writes. */
final class LiveDelivery {
    private final Delivery delivery;
    private final TurnId turn;
    private final String holder;
    private final Map<Subscriber, Live> live = new ConcurrentHashMap<>();

    LiveDelivery(Delivery delivery, TurnId turn, String holder) {
        this.delivery = delivery;
        this.turn = turn;
        this.holder = holder;
    }

    private record Live(LivePump pump, Running running) {}

    /** How far each subscriber got. */
    Map<Subscriber, Long> marks() {
        return live.entrySet().stream()
                .collect(
                        Collectors.toMap(
                                Map.Entry::getKey, one -> one.getValue().pump().pump().cursor()));
    }

    /** Hands out what was just written. */
    void written(Appended.Written written, List<String> chunks) {
        for (Subscriber subscriber : written.lost()) {
            Live lost = live.remove(subscriber);
            if (lost != null) {
                lost.pump().lose();
            }
        }
        written.leased().forEach(this::start);
        long first = written.next() - chunks.size();
        live.values().forEach(one -> one.pump().offer(first, chunks));
    }

    private void start(Subscription leased) {
        LivePump pump = new LivePump(delivery.pump(turn, leased, holder));
        Live one = new Live(pump, new Running(pump.pump()));
        // Known before it runs: it forgets itself when it ends.
        live.put(leased.subscriber(), one);
        one.running()
                .start(
                        () -> {
                            try {
                                return pump.run();
                            } finally {
                                live.remove(leased.subscriber(), one);
                            }
                        });
    }

    /** Lets everyone catch up, within a limit, and gives the leases back. */
    List<Delivered> settle(Duration limit) {
        List<Live> all = List.copyOf(live.values());
        all.forEach(one -> one.pump().finish());
        return Running.settle(all.stream().map(Live::running).toList(), limit);
    }
}
