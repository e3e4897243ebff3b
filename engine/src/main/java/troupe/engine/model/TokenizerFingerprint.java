package troupe.engine.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import troupe.engine.tokenizer.Tokenizer;

/** What a tokenizer does, as a number: two that differ in vocabulary, merges or library show it on a fixed text. */
public final class TokenizerFingerprint {
    private static final String PROBE = "The quick brown fox can't jump over 1,234.5 lazy dogs!\n\n\tfunction(x) {"
            + " return x_1 >= 0x7F; }  Gr\u00fc\u00dfe, \u4f60\u597d, \u0417\u0434\u0440\u0430\u0432\u0441\u0442\u0432"
            + "\u0443\u0439, \u0645\u0631\u062d\u0628\u0627, e\u0301 \ud83d\ude80\r\n   <|im_end|></s>";

    private TokenizerFingerprint() {}

    /** 32 hexadecimal digits. */
    public static String of(Tokenizer tokenizer) {
        MessageDigest digest = ModelIdentity.digest();
        add(digest, tokenizer.vocabularySize());
        for (int id : tokenizer.encode(PROBE, true)) {
            add(digest, id);
        }
        digest.update(tokenizer.decode(tokenizer.encode(PROBE, false), true).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    private static void add(MessageDigest digest, int value) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    }
}
