package troupe.multinode.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What an answer amounts to, however it was cut into chunks: for each choice its text, tokens, log-probabilities and
 * finish reason, as they came one after the other, and the usage. What may differ is left out: ids, times, what was cached.
 *
 * @param choices by index
 */
public record Answer(SortedMap<Integer, String> choices, String usage) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of the data of a stream's events. */
    static Answer ofStream(List<String> events) throws IOException {
        Collected collected = new Collected();
        for (String event : events) {
            collected.add(JSON.readTree(event));
        }
        return collected.answer();
    }

    public static Answer ofWhole(String body) throws IOException {
        Collected collected = new Collected();
        collected.add(JSON.readTree(body));
        return collected.answer();
    }

    /** For people who compare two of them. */
    String text() {
        return choices.entrySet().stream()
                        .map(choice -> "choice " + choice.getKey() + "\n" + choice.getValue())
                        .collect(Collectors.joining("\n"))
                + "\nusage " + usage + "\n";
    }

    private static final class Collected {
        private final SortedMap<Integer, Choice> choices = new TreeMap<>();
        private final StringBuilder usage = new StringBuilder();

        void add(JsonNode chunk) throws IOException {
            if (chunk.has("error")) {
                throw new IOException("the answer is an error: " + chunk);
            }
            for (JsonNode choice : chunk.path("choices")) {
                choices.computeIfAbsent(choice.path("index").asInt(), i -> new Choice())
                        .add(choice);
            }
            if (chunk.hasNonNull("usage")) {
                usage.append(chunk.at("/usage/prompt_tokens")).append('+').append(chunk.at("/usage/completion_tokens"));
            }
        }

        Answer answer() throws IOException {
            SortedMap<Integer, String> texts = new TreeMap<>();
            for (Map.Entry<Integer, Choice> choice : choices.entrySet()) {
                if (choice.getValue().finish.isEmpty()) {
                    throw new IOException("choice " + choice.getKey() + " has not ended");
                }
                texts.put(choice.getKey(), choice.getValue().toString());
            }
            if (texts.isEmpty()) {
                throw new IOException("the answer has no choices");
            }
            return new Answer(texts, usage.toString());
        }
    }

    private static final class Choice {
        final StringBuilder text = new StringBuilder();
        final ArrayNode tokens = JSON.createArrayNode();
        final ObjectNode logprobs = JSON.createObjectNode();
        /** More than one, where the end came more than once. */
        final StringBuilder finish = new StringBuilder();

        void add(JsonNode choice) {
            for (String at : List.of("/text", "/delta/content", "/message/content")) {
                text.append(choice.at(at).asText(""));
            }
            choice.path("token_ids").forEach(tokens::add);
            choice.path("logprobs")
                    .properties()
                    .forEach(field -> field.getValue()
                            .forEach(value -> logprobs.withArray(field.getKey()).add(value)));
            if (choice.hasNonNull("finish_reason")) {
                finish.append(choice.get("finish_reason").asText()).append(' ');
                finish.append(choice.path("stop_reason").asText("")).append(' ');
            }
        }

        @Override
        public String toString() {
            return "text " + JSON.valueToTree(text.toString()) + "\ntokens " + tokens + "\nlogprobs " + logprobs
                    + "\nfinish " + finish;
        }
    }
}
