package io.holdfast.stream;

import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStream.Appended;
import io.holdfast.stream.TurnStream.Leased;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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

    private void start(Leased leased) {
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
        Instant deadline = delivery.clock().instant().plus(limit);
        List<Live> all = new ArrayList<>(live.values());
        for (Live one : all) {
            one.pump().pump().stopAt(deadline);
            one.pump().finish();
        }
        Instant last = deadline.plus(Delivery.LAST_POST);
        return all.stream().map(one -> one.running().await(last, delivery.clock())).toList();
    }
}
