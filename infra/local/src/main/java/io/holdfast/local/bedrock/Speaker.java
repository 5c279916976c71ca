package io.holdfast.local.bedrock;

import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Says things token by token, a pause between one and the next. */
final class Speaker {
    private static final Duration PAUSE = Duration.ofMillis(10);

    /** So that the echo of a long text takes two seconds, not minutes. */
    private static final int MAX_TOKENS = 200;

    private static final Pattern WORD = Pattern.compile("\\s*\\S+|\\s+$");

    private final AnswerWriter answer;
    private final Pacer pacer;
    private boolean begun;
    private boolean lineBefore;

    Speaker(AnswerWriter answer, Pacer pacer) {
        this.answer = answer;
        this.pacer = pacer;
    }

    /** Says a text word by word, on a line of its own. */
    void say(String text) throws ClientGone, InterruptedException {
        String line = newLine() + text;
        for (String token : tokens(line)) {
            pause(PAUSE);
            answer.text(token);
        }
    }

    /** Says {@code 1 2 3 …} on a line of its own; nothing for 0. */
    void count(int to, Duration pause) throws ClientGone, InterruptedException {
        String before = to > 0 ? newLine() : "";
        for (int i = 1; i <= to; i++) {
            pause(pause);
            answer.text(before + i);
            before = " ";
        }
    }

    /** Counts at the usual pace. */
    void count(int to) throws ClientGone, InterruptedException {
        count(to, PAUSE);
    }

    /** Reasons aloud, and signs it. */
    void think() throws ClientGone, InterruptedException {
        for (String token : tokens("Thinking about what was asked before saying anything.")) {
            pause(PAUSE);
            answer.reasoning(token);
        }
        answer.signature("c2lnbmVkIGJ5IHRoZSBzY3JpcHQ=");
        lineBefore = false; // what is said next begins a text of its own
    }

    /** Asks for a tool; the input comes in pieces after an empty one, as on the real service. */
    void use(String toolUseId, String name, String input) throws ClientGone, InterruptedException {
        pause(PAUSE);
        answer.toolUse(toolUseId, name);
        answer.toolInput("");
        int size = Math.max(8, Math.ceilDiv(input.length(), MAX_TOKENS));
        for (int from = 0; from < input.length(); from += size) {
            pause(PAUSE);
            answer.toolInput(input.substring(from, Math.min(from + size, input.length())));
        }
    }

    /** Opens the mouth and says nothing for a while. */
    void hush(Duration duration) throws ClientGone, InterruptedException {
        answer.begin();
        pacer.pause(duration);
    }

    private void pause(Duration duration) throws InterruptedException {
        if (begun && duration.isPositive()) {
            pacer.pause(duration);
        }
        begun = true;
    }

    private String newLine() {
        String before = lineBefore ? "\n" : "";
        lineBefore = true;
        return before;
    }

    /** Words with the blanks before them; several words each when there are very many. */
    private static List<String> tokens(String text) {
        List<String> words = WORD.matcher(text).results().map(MatchResult::group).toList();
        int size = Math.max(1, Math.ceilDiv(words.size(), MAX_TOKENS));
        return IntStream.range(0, Math.ceilDiv(words.size(), size))
                .mapToObj(i -> words.subList(i * size, Math.min((i + 1) * size, words.size())))
                .map(some -> String.join("", some))
                .toList();
    }
}
