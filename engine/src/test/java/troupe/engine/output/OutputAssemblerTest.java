package troupe.engine.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.sampling.StopTokens;

class OutputAssemblerTest {
    private static final int END = 99;

    /** Token i is the i-th of the given strings; flush gives a mark. */
    private record Words(List<String> words, String rest) implements TextDecoder {
        @Override
        public String append(int tokenId) {
            return tokenId == END ? "</s>" : words.get(tokenId);
        }

        @Override
        public String flush() {
            return rest;
        }
    }

    @Test
    void shouldPassTextThroughWhenNothingStopsIt() {
        OutputAssembler output = assembler(List.of("Hel", "lo ", "world"), List.of());
        assertEquals(new TextDelta("Hel", 0), output.append(0));
        assertEquals(new TextDelta("lo ", 3), output.append(1));
        assertEquals(new TextDelta("world", 6), output.append(2));
        assertEquals("", output.finish());
        assertEquals("Hello world", output.text());
        assertFalse(output.isStopped());
    }

    @Test
    void shouldHoldBackWhatCouldBeginAStopStringAndReleaseItWhenDecided() {
        OutputAssembler output = assembler(List.of("a#", "#b", "#"), List.of("##!"));
        assertEquals("a", output.append(0).text());
        assertEquals("##b", output.append(1).text());
        assertEquals(new TextDelta("", 4), output.append(2));
        assertEquals("#", output.finish());
        assertEquals("a##b#", output.text());
    }

    @Test
    void shouldCutAtTheStopStringAcrossTokens() {
        OutputAssembler output = assembler(List.of("one EN", "D two"), List.of("END"));
        assertEquals("one ", output.append(0).text());
        assertEquals("", output.append(1).text());
        assertTrue(output.isStopped());
        assertEquals(Optional.of(new StopCause.StopString("END")), output.stopCause());
        assertEquals("one ", output.text());
        assertEquals("", output.finish());
    }

    @Test
    void shouldCutAtTheStopStringThatBeginsFirst() {
        OutputAssembler output = assembler(List.of("xaby"), List.of("b", "ab", "abc"));
        assertEquals("x", output.append(0).text());
        assertEquals(Optional.of(new StopCause.StopString("ab")), output.stopCause());
    }

    @Test
    void shouldIncludeTheStopStringIfAskedTo() {
        OutputAssembler output =
                new OutputAssembler(new Words(List.of("one EN", "D two"), ""), List.of("END"), true, 0, stopTokens());
        assertEquals("one EN", output.append(0).text());
        assertEquals("D", output.append(1).text());
        assertEquals("one END", output.text());
    }

    @Test
    void shouldNotStopAtAStringThatEndsWithinMinTokens() {
        OutputAssembler output =
                new OutputAssembler(new Words(List.of("aXb", "c", "dX"), ""), List.of("X"), false, 2, stopTokens());
        assertEquals("aXb", output.append(0).text());
        assertEquals("c", output.append(1).text());
        assertEquals("d", output.append(2).text());
        assertEquals("aXbcd", output.text());
    }

    @Test
    void shouldLeaveOutTheTextOfAStopToken() {
        OutputAssembler output = assembler(List.of("a"), List.of());
        output.append(0);
        assertEquals(new TextDelta("", 1), output.append(END));
        assertEquals(Optional.of(new StopCause.StopToken(END)), output.stopCause());
        assertEquals("a", output.text());
    }

    @Test
    void shouldReleaseHeldBackTextWhenAStopTokenEndsTheOutput() {
        OutputAssembler output = assembler(List.of("a#"), List.of("##"));
        output.append(0);
        assertEquals("#", output.append(END).text());
    }

    @Test
    void shouldIncludeTheTextOfAStopTokenIfAskedTo() {
        OutputAssembler output = new OutputAssembler(new Words(List.of("a"), ""), List.of(), true, 0, stopTokens());
        output.append(0);
        assertEquals("</s>", output.append(END).text());
    }

    @Test
    void shouldFlushTheDecoderAtTheEnd() {
        OutputAssembler output =
                new OutputAssembler(new Words(List.of("a"), "\uFFFD"), List.of(), false, 0, stopTokens());
        output.append(0);
        assertEquals("\uFFFD", output.finish());
        assertEquals("a\uFFFD", output.text());
    }

    @Test
    void shouldRefuseTokensAfterTheEnd() {
        OutputAssembler output = assembler(List.of("a"), List.of("a"));
        output.append(0);
        assertThrows(IllegalStateException.class, () -> output.append(0));
    }

    @Test
    void shouldRefuseAnEmptyStopString() {
        assertThrows(IllegalArgumentException.class, () -> assembler(List.of(), List.of("")));
    }

    @Test
    void shouldNeverSendWhatAStopStringTakesBackHoweverTheTextIsCut() {
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 5_000; round++) {
            List<String> stops = List.of(letters(random, 1 + random.nextInt(4)), letters(random, 2));
            List<String> words = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                words.add(letters(random, random.nextInt(4)));
            }
            OutputAssembler output = assembler(words, stops);
            StringBuilder sent = new StringBuilder();
            StringBuilder whole = new StringBuilder();
            for (int token = 0; token < words.size() && !output.isStopped(); token++) {
                sent.append(output.append(token).text());
                whole.append(words.get(token));
            }
            sent.append(output.finish());
            int cut = whole.length();
            for (String stop : stops) {
                int at = whole.indexOf(stop);
                cut = at >= 0 ? Math.min(cut, at) : cut;
            }
            assertEquals(whole.substring(0, cut), sent.toString(), () -> words + " " + stops);
            assertEquals(sent.toString(), output.text());
        }
    }

    private static String letters(SplittableRandom random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(2)));
        }
        return text.toString();
    }

    private static OutputAssembler assembler(List<String> words, List<String> stops) {
        return new OutputAssembler(new Words(words, ""), stops, false, 0, stopTokens());
    }

    private static StopTokens stopTokens() {
        return StopTokens.of(SamplingParams.greedy(10), TokenIds.of(END));
    }
}
