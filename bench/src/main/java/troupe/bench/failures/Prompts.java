package troupe.bench.failures;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import troupe.multinode.chaos.Question;

/** Requests of random tokens, so that no prompt begins like another; each has one answer, of as many tokens as it asks for. */
final class Prompts {
    static final long SEED = 1;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PATH = "/v1/completions";
    /** Ordinary tokens of any model. */
    private static final int FIRST_ID = 32;

    private static final int LAST_ID = 1_000;

    private final String model;
    private final Random random = new Random(SEED);

    /** @param model as requests name it */
    Prompts(String model) {
        this.model = model;
    }

    /** Prompts of {@code least} to {@code most} tokens, half of them sampled. */
    List<Question> streams(int count, int least, int most, int outputTokens) {
        return questions(count, least, most, outputTokens, true);
    }

    /** As {@link #streams}, answered in one piece. */
    List<Question> whole(int count, int least, int most, int outputTokens) {
        return questions(count, least, most, outputTokens, false);
    }

    /**
     * The same requests with the same answers, under the same names; no cache has their prompts.
     *
     * @param salt another one each time
     */
    static List<Question> uncached(List<Question> questions, String salt) throws IOException {
        List<Question> salted = new ArrayList<>();
        for (Question question : questions) {
            ObjectNode body = (ObjectNode) JSON.readTree(question.body());
            salted.add(new Question(
                    question.name(),
                    question.path(),
                    body.put("cache_salt", salt).toString(),
                    question.streamed(),
                    question.resumable()));
        }
        return salted;
    }

    private List<Question> questions(int count, int least, int most, int outputTokens, boolean streamed) {
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ObjectNode body = JSON.createObjectNode()
                    .put("model", model)
                    .put("max_tokens", outputTokens)
                    .put("seed", random.nextInt(1_000_000))
                    .put("temperature", i % 2 == 0 ? 0.9 : 0)
                    .put("ignore_eos", true)
                    .put("return_token_ids", true);
            if (streamed) {
                body.putObject("stream_options").put("include_usage", true);
            }
            ArrayNode prompt = body.putArray("prompt");
            random.ints(random.nextInt(least, most + 1), FIRST_ID, LAST_ID).forEach(prompt::add);
            questions.add(new Question("request " + i, PATH, body.toString(), streamed, false));
        }
        return questions;
    }
}
