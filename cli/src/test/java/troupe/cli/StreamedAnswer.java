package troupe.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a stream of chat completion chunks amounts to, however the text was cut into chunks.
 *
 * @param choices by index: text, tokens with log-probabilities, and finish reason
 * @param completionTokens of the usage at the end
 */
record StreamedAnswer(SortedMap<Integer, String> choices, int completionTokens) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DATA = "data: {";

    static StreamedAnswer parse(String stream) throws IOException {
        SortedMap<Integer, StringBuilder> texts = new TreeMap<>();
        SortedMap<Integer, StringBuilder> rest = new TreeMap<>();
        int tokens = 0;
        for (String line : (Iterable<String>) stream.lines()::iterator) {
            if (!line.startsWith(DATA)) {
                continue;
            }
            JsonNode chunk = JSON.readTree(line.substring(DATA.length() - 1));
            tokens += chunk.at("/usage/completion_tokens").asInt(0);
            for (JsonNode choice : chunk.get("choices")) {
                int index = choice.get("index").intValue();
                texts.computeIfAbsent(index, i -> new StringBuilder())
                        .append(choice.at("/delta/content").asText(""));
                StringBuilder details = rest.computeIfAbsent(index, i -> new StringBuilder());
                choice.at("/logprobs/content").forEach(details::append);
                details.append(choice.get("finish_reason").asText("").replace("null", ""));
            }
        }
        SortedMap<Integer, String> choices = new TreeMap<>();
        texts.forEach((index, text) -> choices.put(index, text + "\n" + rest.get(index)));
        return new StreamedAnswer(choices, tokens);
    }
}
