package troupe.engine.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.engine.gguf.ModelFormatException;

/**
 * How text is cut into words before byte-pair merging, by the names that {@code tokenizer.ggml.pre} uses; each as the
 * model's publisher states it in its tokenizer.json.
 */
enum PreTokenizer {
    /** GPT-2's rule; also for files that name none. */
    GPT2(null, false, false, false, false),
    /** SmolLM: every digit is a word, the rest by GPT-2's rule. */
    SMOLLM(null, true, false, false, false),
    /** Llama 3: digits in threes; a word that is in the vocabulary is taken whole; prompts begin with BOS. */
    LLAMA_BPE(words("\\p{N}{1,3}"), false, false, true, true),
    /** Qwen 2: single digits; text is brought to NFC. */
    QWEN2(words("\\p{N}"), false, true, false, false);

    private static final Logger LOG = LoggerFactory.getLogger(PreTokenizer.class);

    private final @Nullable String wordPattern;
    private final boolean individualDigits;
    private final boolean nfc;
    private final boolean ignoreMerges;
    private final boolean addBosByDefault;

    PreTokenizer(
            @Nullable String wordPattern,
            boolean individualDigits,
            boolean nfc,
            boolean ignoreMerges,
            boolean addBosByDefault) {
        this.wordPattern = wordPattern;
        this.individualDigits = individualDigits;
        this.nfc = nfc;
        this.ignoreMerges = ignoreMerges;
        this.addBosByDefault = addBosByDefault;
    }

    /** The pattern that Llama 3 and Qwen 2 share but for how digits are grouped. */
    private static String words(String digits) {
        return "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" + digits
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    }

    /** The pre-tokenizer that the file names, or GPT-2's where it names none. */
    static PreTokenizer named(@Nullable String name) {
        return switch (name) {
            case null -> {
                LOG.warn("tokenizer.ggml.pre is missing: words are cut by GPT-2's rule");
                yield GPT2;
            }
            case "gpt-2", "default" -> GPT2;
            case "smollm" -> SMOLLM;
            case "llama-bpe", "llama-v3", "llama3" -> LLAMA_BPE;
            case "qwen2" -> QWEN2;
            default ->
                throw new ModelFormatException(
                        "tokenizer.ggml.pre is " + name + "; supported are gpt-2, smollm, llama-bpe, qwen2");
        };
    }

    /** Whether a word that is a token of its own is taken without merging. */
    boolean ignoreMerges() {
        return ignoreMerges;
    }

    /** Whether a prompt begins with BOS where the file does not say. */
    boolean addBosByDefault() {
        return addBosByDefault;
    }

    /** Writes the {@code normalizer} and {@code pre_tokenizer} members of a tokenizer.json. */
    void write(JsonGenerator json) throws IOException {
        if (nfc) {
            json.writeObjectFieldStart("normalizer");
            json.writeStringField("type", "NFC");
            json.writeEndObject();
        }
        json.writeObjectFieldStart("pre_tokenizer");
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("pretokenizers");
        if (individualDigits) {
            json.writeStartObject();
            json.writeStringField("type", "Digits");
            json.writeBooleanField("individual_digits", true);
            json.writeEndObject();
        }
        if (wordPattern != null) {
            json.writeStartObject();
            json.writeStringField("type", "Split");
            json.writeObjectFieldStart("pattern");
            json.writeStringField("Regex", wordPattern);
            json.writeEndObject();
            json.writeStringField("behavior", "Isolated");
            json.writeBooleanField("invert", false);
            json.writeEndObject();
        }
        json.writeStartObject();
        json.writeStringField("type", "ByteLevel");
        json.writeBooleanField("add_prefix_space", false);
        json.writeBooleanField("trim_offsets", true);
        json.writeBooleanField("use_regex", wordPattern == null);
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }
}
