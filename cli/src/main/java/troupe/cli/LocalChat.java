package troupe.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import troupe.actors.Prompt;
import troupe.actors.PromptCodec;
import troupe.actors.PromptException;
import troupe.conf.EngineSettings;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.Engine;
import troupe.engine.EngineEvent;
import troupe.engine.EngineListener;
import troupe.engine.EngineRequest;
import troupe.engine.StepReport;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.cpu.CpuExecutor;
import troupe.engine.executor.ScoredToken;
import troupe.engine.model.Model;
import troupe.engine.output.TextDecoder;
import troupe.engine.sampling.SamplingParams;

/** A conversation with an engine in this process: no cluster, no HTTP. One question at a time. */
final class LocalChat implements AutoCloseable {
    private final PromptCodec codec;
    private final Engine engine;
    private final int contextLength;
    private final BlockingQueue<EngineEvent> events = new LinkedBlockingQueue<>(); // one request's tokens at most
    private final List<Prompt.Message> messages = new ArrayList<>();
    private int asked;

    /** How an answer went; times in nanos. */
    record Answer(String text, int promptTokens, int tokens, long firstTokenNanos, long totalNanos) {
        /** Tokens per second after the first one; 0 for an answer of one token. */
        double tokensPerSecond() {
            return tokens < 2 ? 0 : (tokens - 1) * 1e9 / (totalNanos - firstTokenNanos);
        }
    }

    LocalChat(Model model, PromptCodec codec, EngineSettings settings, Path cacheFolder) {
        this.codec = codec;
        CpuExecutor executor = CpuExecutor.open(model, settings, cacheFolder);
        this.contextLength = executor.info().contextLength();
        this.engine = Engine.start("engine", executor, settings, System::nanoTime, new EngineListener() {
            @Override
            public void onStep(StepReport report) {
                events.addAll(report.events());
            }

            @Override
            public void onDeath(Throwable cause) {
                events.add(
                        new EngineEvent.Failed(key(), EngineEvent.FailureReason.CLOSED, "the engine died: " + cause));
            }
        });
    }

    private AttemptKey key() {
        return new AttemptKey("chat-" + asked, 0, 0, 0);
    }

    /**
     * Asks within the conversation so far; pieces of the answer go to {@code output} as they come.
     *
     * @throws UserException if the conversation no longer fits the model's context, or generation fails
     */
    Answer ask(String question, float temperature, long seed, int maxTokens, Consumer<String> output)
            throws InterruptedException {
        messages.add(new Prompt.Message("user", question, null));
        TokenIds prompt = encode();
        int room = contextLength - prompt.size();
        if (room < 1) {
            throw new UserException("the conversation has " + prompt.size() + " tokens, the model's context "
                    + contextLength + ": start a new one");
        }
        asked++;
        events.clear();
        long begin = System.nanoTime();
        EngineRequest request = new EngineRequest(
                key(),
                prompt,
                TokenIds.EMPTY,
                sampling(temperature, Math.min(room, maxTokens)),
                seed,
                0,
                Long.MAX_VALUE,
                "",
                Tenant.NONE);
        Admission admission = engine.submit(request);
        if (admission != Admission.ACCEPTED) {
            throw new UserException("the engine does not take the question: " + admission);
        }
        Answer answer = listen(prompt.size(), begin, output);
        messages.add(new Prompt.Message("assistant", answer.text(), null));
        return answer;
    }

    private TokenIds encode() {
        try {
            return codec.encode(new Prompt.Chat(messages, true, false));
        } catch (PromptException e) {
            throw new UserException(String.valueOf(e.getMessage()), e);
        }
    }

    private static SamplingParams sampling(float temperature, int maxTokens) {
        return new SamplingParams(temperature, 0, 1f, 0f, 1f, 0f, 0f, maxTokens, 0, false, TokenIds.EMPTY, -1, -1);
    }

    private Answer listen(int promptTokens, long begin, Consumer<String> output) throws InterruptedException {
        TextDecoder decoder = codec.decoder(true);
        StringBuilder text = new StringBuilder();
        int tokens = 0;
        long first = begin;
        while (true) {
            switch (events.take()) {
                case EngineEvent.Tokens event -> {
                    for (ScoredToken token : event.tokens()) {
                        first = tokens++ == 0 ? System.nanoTime() : first;
                        emit(decoder.append(token.token()), text, output);
                    }
                }
                case EngineEvent.Finished finished -> {
                    emit(decoder.flush(), text, output);
                    return new Answer(text.toString(), promptTokens, tokens, first - begin, System.nanoTime() - begin);
                }
                case EngineEvent.Failed failed -> throw new UserException(failed.message());
                case EngineEvent.Cancelled cancelled -> throw new UserException("cancelled: " + cancelled.key());
                case EngineEvent.Started ignored -> {}
                case EngineEvent.PromptScored ignored -> {}
            }
        }
    }

    private static void emit(String piece, StringBuilder text, Consumer<String> output) {
        if (!piece.isEmpty()) {
            text.append(piece);
            output.accept(piece);
        }
    }

    @Override
    public void close() {
        engine.close();
    }
}
