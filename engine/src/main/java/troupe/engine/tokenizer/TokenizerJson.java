package troupe.engine.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Writes a vocabulary as the tokenizer.json that Hugging Face's tokenizers library reads. */
final class TokenizerJson {
    /** The plain writer: loading Jackson's object mapper would cost a cold start a tenth of a second. */
    private static final JsonFactory JSON = new JsonFactory();

    private TokenizerJson() {}

    /**
     * The tokenizer.json of {@code vocabulary}.
     *
     * @param withControlTokens false leaves the control tokens out altogether, with the merges that touch them, so that
     *     no text can be encoded as one
     */
    static String of(Vocabulary vocabulary, boolean withControlTokens) {
        BitSet omitted = withControlTokens ? new BitSet() : vocabulary.control();
        StringWriter text = new StringWriter(48 * vocabulary.size());
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("version", "1.0");
            writeAddedTokens(json, vocabulary, omitted);
            vocabulary.preTokenizer().write(json);
            json.writeObjectFieldStart("decoder");
            json.writeStringField("type", "ByteLevel");
            json.writeBooleanField("add_prefix_space", false);
            json.writeBooleanField("trim_offsets", true);
            json.writeBooleanField("use_regex", true);
            json.writeEndObject();
            writeModel(json, vocabulary, omitted);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return text.toString();
    }

    private static void writeAddedTokens(JsonGenerator json, Vocabulary vocabulary, BitSet omitted) throws IOException {
        json.writeArrayFieldStart("added_tokens");
        for (int id = 0; id < vocabulary.size(); id++) {
            boolean control = vocabulary.control().get(id);
            if ((control || vocabulary.userDefined().get(id)) && !omitted.get(id)) {
                json.writeStartObject();
                json.writeNumberField("id", id);
                json.writeStringField("content", vocabulary.tokens().get(id));
                json.writeBooleanField("single_word", false);
                json.writeBooleanField("lstrip", false);
                json.writeBooleanField("rstrip", false);
                json.writeBooleanField("normalized", false);
                json.writeBooleanField("special", control);
                json.writeEndObject();
            }
        }
        json.writeEndArray();
    }

    private static void writeModel(JsonGenerator json, Vocabulary vocabulary, BitSet omitted) throws IOException {
        List<String> tokens = vocabulary.tokens();
        json.writeObjectFieldStart("model");
        json.writeStringField("type", "BPE");
        json.writeBooleanField("fuse_unk", false);
        json.writeBooleanField("byte_fallback", false);
        json.writeBooleanField("ignore_merges", vocabulary.preTokenizer().ignoreMerges());
        json.writeObjectFieldStart("vocab");
        Set<String> omittedTexts = new HashSet<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (omitted.get(id)) {
                omittedTexts.add(tokens.get(id));
            } else {
                json.writeNumberField(tokens.get(id), id);
            }
        }
        json.writeEndObject();
        json.writeArrayFieldStart("merges");
        for (String merge : vocabulary.merges()) {
            if (omittedTexts.isEmpty() || !touches(merge, omittedTexts)) {
                json.writeString(merge);
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static boolean touches(String merge, Set<String> texts) {
        int space = merge.indexOf(' ');
        String left = merge.substring(0, space);
        String right = merge.substring(space + 1);
        return texts.contains(left) || texts.contains(right) || texts.contains(left + right);
    }
}
