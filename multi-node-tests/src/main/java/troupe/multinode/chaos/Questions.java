package troupe.multinode.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Requests of every kind that a client may send, each with one answer: greedy, or with a seed. */
final class Questions {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ROUNDS = 6;
    private static final List<String> WORDS = List.of(
            "river", "lamp", "seven", "quiet", "engine", "apple", "winter", "maps", "under", "green", "letter", "stone",
            "music", "doctor", "cloud", "early", "garden", "silver", "north", "bread");

    /** What makes a request different from another one. */
    private enum Kind {
        GREEDY,
        SEEDED,
        SEVERAL_CHOICES,
        LOGPROBS,
        STOP_STRINGS,
        LONG_PROMPT,
        SHARED_PREFIX,
        PRIORITY,
        PENALTIES,
        CHAT
    }

    private final String model;
    private final int tokens;
    private final Random random;

    private Questions(String model, int tokens, long seed) {
        this.model = model;
        this.tokens = tokens;
        random = new Random(seed);
    }

    /**
     * Six of each kind: two in three are streamed.
     *
     * @param model as requests name it
     * @param tokens of an answer, about
     */
    static List<Question> of(String model, int tokens, long seed) {
        Questions questions = new Questions(model, tokens, seed);
        List<Question> all = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (Kind kind : Kind.values()) {
                all.add(questions.question(kind, round));
            }
        }
        return all;
    }

    private Question question(Kind kind, int round) {
        boolean streamed = round % 3 != 2;
        ObjectNode body = JSON.createObjectNode()
                .put("model", model)
                .put("max_tokens", tokens / 2 + random.nextInt(tokens))
                .put("seed", random.nextInt(1_000_000))
                .put("temperature", 0.9)
                .put("return_token_ids", true)
                .put("ignore_eos", round % 2 == 0);
        boolean isChat = kind == Kind.CHAT;
        if (isChat) {
            body.put("logprobs", true).put("top_logprobs", 2);
        } else {
            body.put("logprobs", 1);
        }
        String prompt = words(6);
        switch (kind) {
            case GREEDY -> body.put("temperature", 0);
            case SEEDED -> body.put("top_p", 0.9).put("top_k", 40);
            case SEVERAL_CHOICES -> body.put("n", 2 + round % 2);
            case LOGPROBS -> body.put("logprobs", 5);
            case STOP_STRINGS -> body.putArray("stop").add("e").add(words(1));
            case LONG_PROMPT -> prompt = words(120);
            case SHARED_PREFIX -> prompt = SHARED + words(5);
            case PRIORITY -> body.put("priority", round - 3);
            case PENALTIES -> body.put("presence_penalty", 0.5).put("repetition_penalty", 1.2);
            case CHAT -> {}
        }
        if (isChat) {
            body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        } else {
            body.put("prompt", prompt);
        }
        if (streamed) {
            body.putObject("stream_options").put("include_usage", true);
        }
        String name = kind + "-" + round + (streamed ? " streamed" : " whole");
        return new Question(
                name, isChat ? "/v1/chat/completions" : "/v1/completions", body.toString(), streamed, false);
    }

    private static final String SHARED =
            "All of these requests begin with the same sentences, so that a worker finds them in its prefix cache. "
                    + "What follows is different each time, and so is the answer to it. Here is the question: ";

    private String words(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : " ").append(WORDS.get(random.nextInt(WORDS.size())));
        }
        return text.toString();
    }
}
