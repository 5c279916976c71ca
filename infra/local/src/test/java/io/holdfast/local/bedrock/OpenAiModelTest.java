package io.holdfast.local.bedrock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import io.holdfast.local.bedrock.Conversation.Answer;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/** The bridge before a server that answers as OpenAI-compatible servers do. */
class OpenAiModelTest {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch goOn = new CountDownLatch(1);
    private HttpServer server;
    private int status = 200;
    private String answer = "";

    /** Sent after {@link #answer}, once the test says so. */
    private String later = "";

    private volatile JsonNode request = MissingNode.getInstance();
    private volatile @Nullable String authorization;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/v1/chat/completions", this::complete);
        server.start();
    }

    private void complete(HttpExchange exchange) throws IOException {
        authorization = exchange.getRequestHeaders().getFirst("Authorization");
        request = Conversation.JSON.readTree(exchange.getRequestBody());
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(status, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(answer.getBytes(StandardCharsets.UTF_8));
            out.flush();
            if (!later.isEmpty()) {
                goOn.await();
                out.write(later.getBytes(StandardCharsets.UTF_8));
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @AfterEach
    void stop() {
        goOn.countDown();
        server.stop(0);
        threads.close();
    }

    private OpenAiModel model() {
        return new OpenAiModel(url(), null, null);
    }

    private URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1");
    }

    /** Events with a first choice each, written with single quotes. */
    private static String choices(String... choices) {
        StringBuilder events = new StringBuilder(": a comment\n\n");
        for (String choice : choices) {
            events.append("data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[")
                    .append(choice.replace('\'', '"'))
                    .append("]}\n\n");
        }
        return events.toString();
    }

    private static final String DONE = "data: [DONE]\n\n";
    private static final String STOP = "{'index':0,'delta':{},'finish_reason':'stop'}";

    @Test
    void streamsTextAndReasoningAndTakesTheUsage() throws Exception {
        answer =
                choices(
                                "{'index':0,'delta':{'role':'assistant','content':''}}",
                                "{'index':0,'delta':{'reasoning_content':'Hm'}}",
                                "{'index':0,'delta':{'reasoning_content':'m.'}}",
                                "{'index':0,'delta':{'content':'Hel'},'finish_reason':null}",
                                "{'index':0,'delta':{'content':'lo é'}}",
                                STOP)
                        + "data:"
                        + " {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":7}}\n\n"
                        + DONE;

        Answer said = new Conversation().user("hi").ask(model());

        assertThat(said.block(0).at("/reasoningContent/reasoningText/text").asText())
                .isEqualTo("Hmm.");
        assertThat(said.tokens()).containsExactly("Hel", "lo é");
        assertThat(said.stopReason()).isEqualTo("end_turn");
        assertThat(said.folded().path("usage"))
                .hasToString("{\"inputTokens\":12,\"outputTokens\":7,\"totalTokens\":19}");
    }

    @Test
    void mergesToolCallsByTheirIndex() throws Exception {
        answer =
                choices(
                                "{'delta':{'content':'Wait'}}",
                                "{'delta':{'tool_calls':[{'index':0,'id':'call_1','type':'function','function':{'name':'weather','arguments':''}}]}}",
                                "{'delta':{'tool_calls':[{'index':0,'function':{'arguments':'{\\'city\\':'}}]}}"
                                        .replace("\\'", "\\\""),
                                "{'delta':{'tool_calls':[{'index':1,'id':'bad"
                                    + " id','function':{'name':'clock','arguments':'{}'}},{'index':0,'function':{'arguments':'1}'}}]}}",
                                "{'delta':{},'finish_reason':'tool_calls'}")
                        + DONE;

        Answer said = new Conversation().tool("weather").user("hi").ask(model());

        assertThat(said.stopReason()).isEqualTo("tool_use");
        assertThat(said.block(1))
                .isEqualTo(
                        Conversation.json(
                                "{'toolUse':{'toolUseId':'call_1','name':'weather','input':{'city':1}}}"));
        assertThat(said.block(2).at("/toolUse/name").asText()).isEqualTo("clock");
        assertThat(said.block(2).at("/toolUse/toolUseId").asText()).startsWith("tooluse_");
    }

    @Test
    void tellsCallsApartByTheirIdWhenAllHaveOneIndex() throws Exception {
        answer =
                choices(
                                "{'delta':{'tool_calls':[{'index':0,'id':'a','function':{'name':'x','arguments':'{}'}}]}}",
                                "{'delta':{'tool_calls':[{'index':0,'id':'b','function':{'name':'y','arguments':'{}'}}]}}",
                                STOP)
                        + DONE;

        Answer said = new Conversation().tool("x").user("hi").ask(model());

        assertThat(said.all(ConverseEvent.ToolUseStart.class))
                .extracting(ConverseEvent.ToolUseStart::name)
                .containsExactly("x", "y");
        assertThat(said.stopReason()).as("though it says stop").isEqualTo("tool_use");
    }

    @Test
    void translatesTheWholeConversation() throws Exception {
        answer = choices(STOP) + DONE;

        new Conversation()
                .with("system", "[{'text':'Be kind.'},{'cachePoint':{'type':'default'}}]")
                .with(
                        "inferenceConfig",
                        "{'maxTokens':9,'temperature':0.5,'topP':0.9,'stopSequences':['END']}")
                .with(
                        "toolConfig",
                        "{'tools':[{'toolSpec':{'name':'weather','description':'Sky','inputSchema':{'json':{'type':'object'}}}}],'toolChoice':{'any':{}}}")
                .blocks(
                        "user",
                        "{'text':'look'}",
                        "{'image':{'format':'png','source':{'bytes':'AAAA'}}}")
                .blocks(
                        "assistant",
                        "{'reasoningContent':{'reasoningText':{'text':'hm'}}}",
                        "{'text':'ok'}",
                        "{'toolUse':{'toolUseId':'t1','name':'weather','input':{'a':1}}}")
                .blocks(
                        "user",
                        "{'toolResult':{'toolUseId':'t1','status':'error','content':[{'text':'no'}]}}",
                        "{'text':'and?'}")
                .ask(new OpenAiModel(url(), "qwen3", "key"));

        assertThat(authorization).isEqualTo("Bearer key");
        assertThat(request)
                .isEqualTo(
                        Conversation.json(
                                """
                                {'model':'qwen3','stream':true,'stream_options':{'include_usage':true},
                                 'messages':[
                                  {'role':'system','content':'Be kind.'},
                                  {'role':'user','content':[
                                   {'type':'text','text':'look'},
                                   {'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA'}}]},
                                  {'role':'assistant','content':'ok','tool_calls':[
                                   {'id':'t1','type':'function',
                                    'function':{'name':'weather','arguments':'{\\"a\\":1}'}}]},
                                  {'role':'tool','tool_call_id':'t1','content':'Error: no'},
                                  {'role':'user','content':'and?'}],
                                 'tools':[{'type':'function','function':
                                  {'name':'weather','description':'Sky','parameters':{'type':'object'}}}],
                                 'tool_choice':'required',
                                 'max_tokens':9,'temperature':0.5,'top_p':0.9,'stop':['END']}
                                """));
    }

    @Test
    void asksForTheModelOfTheRequestUnlessSaid() throws Exception {
        answer = choices(STOP) + DONE;

        new Conversation().user("hi").ask(model());

        assertThat(request.path("model").asText()).isEqualTo("test.model-v1:0");
        assertThat(authorization).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "length, max_tokens",
        "content_filter, content_filtered",
        "stop, end_turn",
        "something, end_turn"
    })
    void translatesWhyItEnded(String finishReason, String stopReason) throws Exception {
        answer = choices(STOP.replace("stop", finishReason)); // no [DONE], as of some servers

        assertThat(new Conversation().user("hi").ask(model()).stopReason()).isEqualTo(stopReason);
    }

    @ParameterizedTest
    @CsvSource({
        "400, VALIDATION",
        "401, ACCESS_DENIED",
        "403, ACCESS_DENIED",
        "404, RESOURCE_NOT_FOUND",
        "422, VALIDATION",
        "429, THROTTLING",
        "500, SERVICE_UNAVAILABLE",
        "503, SERVICE_UNAVAILABLE"
    })
    void translatesItsErrors(int status, Fault fault) {
        this.status = status;
        answer = "{\"error\":{\"message\":\"sk-123 is wrong\"}}";

        ModelFailure failure = failure(model());

        assertThat(failure.fault()).isEqualTo(fault);
        if (fault == Fault.ACCESS_DENIED) {
            assertThat(failure).hasMessageContaining("" + status).message().doesNotContain("sk-");
        } else {
            assertThat(failure).hasMessageEndingWith("sk-123 is wrong");
        }
    }

    @Test
    void saysAsBedrockDoesThatTheInputIsTooLong() {
        status = 400;
        answer = "{\"error\":{\"message\":\"8192\",\"code\":\"context_length_exceeded\"}}";

        assertThat(failure(model())).hasMessage("Input is too long for requested model.");
    }

    @Test
    void failsInTheStreamWhenTheOtherSideDoesOrBreaksOff() {
        answer = choices("{'delta':{'content':'a'}}");
        assertThat(failure(model()).fault()).isEqualTo(Fault.MODEL_STREAM_ERROR);

        answer += "data: {\"error\":{\"message\":\"out of memory\"}}\n\n";
        assertThat(failure(model())).hasMessageEndingWith("out of memory");

        answer = "data: <html>\n\n";
        assertThat(failure(model()).fault()).isEqualTo(Fault.MODEL_STREAM_ERROR);
    }

    @Test
    void isUnavailableWhenNobodyAnswers() {
        server.stop(0);

        assertThat(failure(model()).fault()).isEqualTo(Fault.SERVICE_UNAVAILABLE);
    }

    @Test
    void refusesWhatItCannotCarry() {
        ModelFailure failure =
                catchThrowableOfType(
                        ModelFailure.class,
                        () ->
                                new Conversation()
                                        .blocks("user", "{'document':{'name':'a'}}")
                                        .ask(model()));

        assertThat(failure.fault()).isEqualTo(Fault.VALIDATION);
        assertThat(failure).hasMessageContaining("document");
    }

    private static ModelFailure failure(OpenAiModel model) {
        return catchThrowableOfType(
                ModelFailure.class, () -> new Conversation().user("hi").ask(model));
    }

    @Test
    void passesEachDeltaOnAsItComesAndLeavesWhenInterrupted() throws Exception {
        answer = choices("{'delta':{'content':'first'}}");
        later = DONE;
        List<ConverseEvent> events = new CopyOnWriteArrayList<>();
        AtomicBoolean left = new AtomicBoolean();
        ConverseRequest hello = new Conversation().user("hi").request();
        Thread answering =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        model().answer(
                                                        hello,
                                                        new AnswerWriter(
                                                                events::add,
                                                                InstantSource.system(),
                                                                1));
                                    } catch (InterruptedException e) {
                                        left.set(true);
                                    } catch (ModelFailure | ClientGone e) {
                                        throw new AssertionError(e);
                                    }
                                });
        await().until(() -> events.contains(new ConverseEvent.TextDelta(0, "first")));

        answering.interrupt();

        await().until(left::get);
    }
}
