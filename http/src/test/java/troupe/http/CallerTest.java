package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import troupe.actors.GenerationRequest;
import troupe.actors.ModelId;
import troupe.actors.RequestTag;
import troupe.actors.ServedModel;
import troupe.actors.testing.WordCodec;
import troupe.conf.ApiKey;
import troupe.conf.KeyLimits;
import troupe.engine.Tenant;

class CallerTest {
    private static Caller caller(int leastPriority) {
        ApiKey key = new ApiKey("team", ApiKey.Hash.of("any key"), 3, leastPriority, KeyLimits.NONE);
        return Caller.of(key, new KeyLimiter(KeyLimits.NONE, 0), new Metrics().ofTenant("team"), () -> 0);
    }

    private static GenerationRequest parsed(Caller caller, int priority) {
        int words = TestServer.INFO.vocabularySize();
        ServedModel model = new ServedModel(
                new ModelId("stub", "no file", "words"),
                TestServer.INFO.contextLength(),
                words,
                TestServer.INFO.endOfSequence(),
                new WordCodec(words));
        ObjectNode body = TestServer.completion(3, 4, 1).put("priority", priority);
        return CompletionParser.parse(new RequestTag("r", null), caller, body, new RequestLimits(model, 16))
                .generations()
                .getFirst();
    }

    @Test
    void shouldSayInTheRequestWhoseItIs() {
        assertEquals(new Tenant("team", 3), parsed(caller(0), 0).tenant());
        assertEquals(Tenant.NONE, parsed(Caller.ANYONE, 0).tenant());
    }

    @ParameterizedTest
    @CsvSource({"0, -5, 0", "0, 5, 5", "10, 0, 10", "10, 20, 20", "-5, -9, -5", "-5, 0, 0"})
    void shouldLetARequestStepBackAndAheadOnlyAsFarAsItsKeyAllows(int least, int wanted, int priority) {
        assertEquals(priority, parsed(caller(least), wanted).priority());
    }

    @Test
    void shouldLetEveryoneChooseWhereThereAreNoKeys() {
        assertEquals(Integer.MIN_VALUE, parsed(Caller.ANYONE, Integer.MIN_VALUE).priority());
    }
}
