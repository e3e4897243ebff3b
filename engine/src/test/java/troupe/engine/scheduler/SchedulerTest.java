package troupe.engine.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static troupe.engine.testing.Requests.prompt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineEvent.FailureReason;
import troupe.engine.EngineEvent.FinishReason;
import troupe.engine.EngineRequest;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.StepPlan;
import troupe.engine.executor.StepResult;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.scheduler.SimulatedEngine.Trace;
import troupe.engine.testing.Requests;
import troupe.engine.testing.StubModel;

class SchedulerTest {
    @Test
    void shouldCutAPromptIntoChunksOfTheBudget() {
        SimulatedEngine engine = engine(100, 4, 25, 10, 4);
        engine.add(request("a", 1, 25, 3));
        assertEquals(List.of(10), sizes(engine.step()));
        assertEquals(List.of(10), sizes(engine.step()));
        StepPlan last = engine.step().orElseThrow();
        assertEquals(5, last.slices().getFirst().tokens().size());
        assertEquals(20, last.slices().getFirst().firstPosition());
        assertNotNull(last.slices().getFirst().sample());
    }

    @Test
    void shouldDecodeFirstAndFillTheStepWithPrompts() {
        SimulatedEngine engine = engine(100, 4, 50, 10, 4);
        engine.add(request("a", 1, 5, 20));
        engine.step();
        engine.add(request("b", 101, 30, 3));
        StepPlan mixed = engine.step().orElseThrow();
        assertEquals(List.of(1, 9), sizes(Optional.of(mixed)));
        assertNotNull(mixed.slices().get(0).sample());
        assertNull(mixed.slices().get(1).sample(), "nothing is drawn within a prompt");
        assertEquals(1, engine.scheduler.decodeTokens());
        assertEquals(9, engine.scheduler.prefillTokens());
    }

    @Test
    void shouldCountTheTokensThatAreStillToPrefill() {
        SimulatedEngine engine = engine(100, 4, 50, 10, 1);
        engine.add(request("a", 1, 25, 3));
        assertEquals(25, engine.scheduler.stats().waitingTokens());
        engine.step();
        assertEquals(15, engine.scheduler.stats().waitingTokens());
        // Two blocks of what it shares with the first are cached by now.
        engine.add(request("b", 1, 21, 3));
        assertEquals(15 + 13, engine.scheduler.stats().waitingTokens());
        engine.step();
        engine.step();
        assertEquals(13, engine.scheduler.stats().waitingTokens(), "the first one decodes");
        engine.runToEnd(100);
        assertEquals(0, engine.scheduler.stats().waitingTokens());
    }

    @Test
    void shouldStartByPriorityThenArrival() {
        SimulatedEngine engine = engine(100, 4, 50, 10, 1);
        Trace low = engine.add(Requests.withPriority(request("low", 1, 4, 2), 5));
        Trace first = engine.add(request("first", 50, 4, 2));
        Trace second = engine.add(request("second", 100, 4, 2));
        engine.step();
        assertEquals(List.of(false, true, false), started(low, first, second));
        engine.step();
        engine.step();
        assertEquals(List.of(false, true, true), started(low, first, second));
        engine.runToEnd(100);
    }

    @Test
    void shouldPreemptTheLeastImportantWhenBlocksRunOutAndGiveItTheSameTokens() {
        SimulatedEngine engine = engine(40, 2, 16, 64, 4);
        Trace one = engine.add(request("one", 1, 10, 20));
        Trace two = engine.add(request("two", 101, 10, 20));
        engine.runToEnd(200);
        assertTrue(engine.scheduler.stats().preemptions() > 0, "the pool is too small for both");
        assertFinished(one, FinishReason.LENGTH, 20);
        assertFinished(two, FinishReason.LENGTH, 20);
    }

    @Test
    void shouldLetAMoreImportantRequestDisplaceRunningOnes() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 1);
        Trace low = engine.add(Requests.withPriority(request("low", 1, 10, 30), 5));
        engine.step();
        Trace high = engine.add(request("high", 101, 10, 3));
        engine.runToEnd(200);
        assertEquals(1, engine.scheduler.stats().preemptions());
        assertFinished(high, FinishReason.LENGTH, 3);
        assertFinished(low, FinishReason.LENGTH, 30);
    }

    @Test
    void shouldNotStarveALargeRequestUnderAStreamOfSmallOnes() {
        SimulatedEngine engine = engine(64, 4, 16, 16, 4);
        for (int i = 0; i < 4; i++) {
            engine.add(request("early" + i, i * 50, 3, 4));
        }
        Trace large = engine.add(request("large", 500, 50, 14));
        for (int i = 0; i < 60 && large.end == null; i++) {
            engine.add(request("small" + i, 200 + i, 3, 4));
            engine.step();
        }
        assertFinished(large, FinishReason.LENGTH, 14);
    }

    @Test
    void shouldReuseACachedPrefixButAlwaysComputeTheLastToken() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 4);
        engine.add(request("a", 1, 16, 1));
        engine.runToEnd(10);
        Trace again = engine.add(request("b", 1, 16, 1));
        Trace longer = engine.add(request("c", 1, 18, 1));
        engine.runToEnd(10);
        assertEquals(12, again.cachedTokens);
        assertEquals(16, longer.cachedTokens);
        assertEquals(28, engine.scheduler.stats().prefixHits());
    }

    @Test
    void shouldReuseGeneratedTokensToo() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 4);
        EngineRequest first = request("a", 1, 8, 9);
        Trace trace = engine.add(first);
        engine.runToEnd(20);
        int[] dialogue = new int[20];
        first.prompt().copyTo(dialogue, 0);
        trace.tokens().copyTo(dialogue, 8);
        Trace next = engine.add(Requests.of("b", TokenIds.of(dialogue), SamplingParams.greedy(1)));
        engine.runToEnd(20);
        assertEquals(16, next.cachedTokens);
    }

    @Test
    void shouldNotShareACachedPrefixBetweenSalts() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 4);
        engine.add(Requests.withSalt(request("a", 1, 16, 1), "one"));
        engine.runToEnd(10);
        Trace other = engine.add(Requests.withSalt(request("b", 1, 16, 1), "other"));
        engine.runToEnd(10);
        assertEquals(0, other.cachedTokens);
    }

    @Test
    void shouldComputeAPromptOnceForSeveralChoices() {
        SimulatedEngine engine = engine(100, 4, 50, 64, 8);
        EngineRequest first = request("a", 1, 17, 3);
        for (int choice = 0; choice < 8; choice++) {
            engine.add(Requests.withChoice(first, choice));
        }
        assertEquals(List.of(17), sizes(engine.step()));
        assertEquals(List.of(1, 1, 1, 1, 1, 1, 1, 1), sizes(engine.step()));
        engine.runToEnd(10);
    }

    @Test
    void shouldScoreThePromptOnceAndBeforeTheFirstToken() {
        SimulatedEngine engine = engine(100, 4, 25, 5, 4);
        engine.add(request("warm", 1, 16, 1));
        engine.runToEnd(10);
        Trace scored = engine.add(Requests.of("a", prompt(1, 16), withPromptLogprobs(3)));
        Trace single = engine.add(Requests.of("b", prompt(1, 1), withPromptLogprobs(3)));
        engine.runToEnd(20);
        assertEquals(0, scored.cachedTokens, "scored tokens are computed");
        assertTrue(scored.promptScored);
        assertTrue(single.promptScored);
    }

    @Test
    void shouldGoOnAfterTheOutputOfAnEarlierAttempt() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 4);
        EngineRequest request = request("a", 1, 10, 12);
        TokenIds whole = StubModel.expectedOutput(engine.info, request);
        Trace resumed = engine.add(Requests.resumed(request, whole.slice(0, 7)));
        engine.runToEnd(20);
        assertEquals(whole, resumed.tokens());
        assertFinished(resumed, FinishReason.LENGTH, 12);
    }

    @Test
    void shouldLetAShortPromptPassLongOnesThatWaitAndThatAreUnderWay() {
        SimulatedEngine engine = engine(200, 4, 200, 10, 4);
        Trace longest = engine.add(request("longest", 1, 90, 3));
        engine.step();
        Trace longer = engine.add(request("longer", 200, 50, 3));
        Trace shorter = engine.add(request("shorter", 300, 9, 3));
        engine.step();
        assertEquals(List.of(true, true, true), started(longest, longer, shorter));
        assertEquals(1, shorter.output.size());
        assertEquals(List.of(0, 0), List.of(longest.output.size(), longer.output.size()));
        engine.runToEnd(50);
    }

    @Test
    void shouldComputePromptsOfTenantsInTurn() {
        SimulatedEngine engine = underWay("flood", 9);
        engine.add(of("quiet", 1, request("quiet0", 500, 40, 3)));
        engine.add(of("quiet", 1, request("quiet1", 540, 40, 3)));
        engine.add(of("heavy", 2, request("heavy0", 600, 40, 3)));
        engine.add(of("heavy", 2, request("heavy1", 640, 40, 3)));
        engine.add(of("heavy", 2, request("heavy2", 680, 40, 3)));
        engine.runToEnd(50);
        // The two that come begin where the one that is least far is, and of equals the earlier one is next.
        assertEquals(
                List.of("flood0", "quiet0", "heavy0", "heavy1", "flood1", "quiet1", "heavy2", "flood2"),
                engine.started.subList(0, 8));
    }

    @Test
    void shouldGiveATenantWithoutASlotOneOfWhoHasMost() {
        SimulatedEngine engine = engine(200, 4, 400, 64, 4);
        Trace other = engine.add(of("other", 1, request("other", 1, 8, 20)));
        List<Trace> flood = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            flood.add(engine.add(of("flood", 1, request("flood" + i, 100 + 20 * i, 8, 20))));
        }
        engine.step();
        assertEquals(4, engine.scheduler.stats().running());
        engine.step();
        Trace quiet = engine.add(of("quiet", 1, request("quiet", 500, 8, 3)));
        Trace second = engine.add(of("quiet", 1, request("second", 600, 8, 3)));
        engine.step();
        assertEquals(1, quiet.output.size());
        assertEquals(1, engine.scheduler.stats().preemptions());
        assertEquals(
                List.of(3, 3, 3, 2),
                List.of(other, flood.get(0), flood.get(1), flood.get(2)).stream()
                        .map(trace -> trace.output.size())
                        .toList());
        engine.step();
        assertEquals(List.of(false), started(second), "its tenant has a slot");
        engine.runToEnd(200);
        flood.forEach(trace -> assertFinished(trace, FinishReason.LENGTH, 20));
    }

    @Test
    void shouldNotTakeTheOnlySlotOfATenantNorThatOfSomethingMoreUrgent() {
        SimulatedEngine engine = engine(200, 4, 400, 64, 3);
        engine.add(of("a", 1, request("a", 1, 8, 20)));
        engine.add(of("b", 1, Requests.withPriority(request("b0", 100, 8, 20), -1)));
        engine.add(of("b", 1, Requests.withPriority(request("b1", 200, 8, 20), -1)));
        engine.step();
        Trace quiet = engine.add(of("quiet", 1, request("quiet", 500, 8, 3)));
        for (int i = 0; i < 10; i++) {
            engine.step();
        }
        assertEquals(List.of(false), started(quiet));
        assertEquals(0, engine.scheduler.stats().preemptions());
        engine.runToEnd(100);
    }

    @Test
    void shouldNotFillUpTheStepOfATenantThatHasFewForOneThatHasMany() {
        SimulatedEngine engine = underWay("flood", 9);
        engine.step();
        engine.add(of("quiet", 1, request("quiet", 500, 15, 3)));
        engine.step();
        assertEquals(
                15 + 1, engine.scheduler.prefillTokens(), "the one that was left of the flood's could be finished");
        engine.step();
        assertEquals(40 - 2, engine.scheduler.prefillTokens(), "as many as there are beside those that decode");
        engine.runToEnd(100);
    }

    @Test
    void shouldLetWhatGoesOnPassWhatBeginsOfAnotherTenant() {
        SimulatedEngine engine = underWay("busy", 3);
        engine.add(of("other", 1, request("other", 300, 20, 3)));
        engine.add(of("busy", 1, moved("moved", 400, 60, 0)));
        engine.runToEnd(50);
        assertEquals(List.of("busy0", "moved", "other", "busy1", "busy2"), engine.started);
    }

    @Test
    void shouldLetNobodyPassWhatHasWaitedForAsManyTokensAsItsPromptHas() {
        SimulatedEngine engine = engine(200, 4, 400, 10, 8);
        engine.add(request("busy", 1, 10, 30));
        Trace longest = engine.add(request("longest", 200, 60, 3));
        int passed = 0;
        while (longest.output.isEmpty()) {
            Trace shorter = engine.add(request("shorter" + passed, 300 + 50 * passed, 8, 1));
            engine.step();
            passed += !shorter.output.isEmpty() && longest.output.isEmpty() ? 1 : 0;
        }
        // While 60 tokens are computed, of which the shorter ones, 8 of each 9 in a step, take all but a few.
        assertTrue(passed > 0 && passed <= 60 / 8 + 1, passed + " have passed");
        engine.runToEnd(100);
    }

    @Test
    void shouldLetTheShortestOfThoseThatMovedTogetherGoOnFirst() {
        SimulatedEngine engine = busy();
        engine.add(moved("longest", 100, 60, 0));
        engine.add(moved("middle", 200, 40, 0));
        engine.add(moved("shortest", 300, 20, 0));
        engine.runToEnd(200);
        assertEquals(List.of("running", "shortest", "middle", "longest"), engine.started);
    }

    @Test
    void shouldLetWhatGoesOnPassWhatBeginsButNothingMoreUrgent() {
        SimulatedEngine engine = busy();
        engine.add(request("begins", 100, 30, 3));
        engine.add(request("short", 200, 9, 3));
        engine.add(moved("moved", 300, 60, 0));
        engine.add(Requests.withPriority(request("urgent", 500, 100, 3), -1));
        engine.runToEnd(200);
        assertEquals(List.of("running", "urgent", "moved", "short", "begins"), engine.started);
    }

    @Test
    void shouldLetNothingThatGoesOnPassWhatHasWaitedForItsHeadStart() {
        SimulatedEngine engine = engine(200, 4, 400, 20, 8);
        engine.add(request("busy", 1, 10, 390));
        engine.step();
        Trace begins = engine.add(request("begins", 700, 100, 3));
        int place = 10 + 100;
        int prefilled = 10;
        List<Trace> early = new ArrayList<>();
        List<Trace> late = new ArrayList<>();
        while (begins.output.isEmpty()) {
            int next = early.size() + late.size();
            Trace moved = engine.add(moved("moved" + next, 200 + 7 * next, 38, 0));
            (prefilled + 38 - PrefillOrder.HEAD_START <= place ? early : late).add(moved);
            for (int step = 0; step < 2; step++) {
                engine.step();
                prefilled += engine.scheduler.prefillTokens();
            }
        }
        assertTrue(early.size() > 50 && late.size() > 5, early.size() + " came early, " + late.size() + " late");
        assertTrue(early.stream().allMatch(trace -> trace.output.size() > 1));
        assertTrue(late.stream().noneMatch(trace -> trace.output.size() > 1));
        engine.runToEnd(500);
    }

    @Test
    void shouldLeaveABlockToWhoeverIsComputingItThoughItsPromptIsLonger() {
        SimulatedEngine engine = engine(200, 4, 200, 10, 4);
        engine.add(request("longest", 1, 90, 3));
        engine.step();
        // Begins as the longest does, of which two blocks are computed.
        Trace shorter = engine.add(request("shorter", 1, 19, 3));
        assertEquals(List.of(10), sizes(engine.step()));
        assertEquals(List.of(3, 7), sizes(engine.step()));
        assertEquals(16, shorter.cachedTokens);
        engine.runToEnd(50);
    }

    @Test
    void shouldMakeTheMeanPauseOfMovedSequencesShorterAndTheLongestNoLonger() {
        int[] lengths = {100, 30, 140, 60};
        SimulatedEngine engine = engine(400, 4, 400, 32, 8);
        List<Trace> moved = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            moved.add(engine.add(moved("s" + i, 1 + 200 * i, lengths[i], 0)));
        }
        Map<Trace, Integer> pauses = new HashMap<>();
        int prefilled = 0;
        while (pauses.size() < moved.size()) {
            engine.step();
            prefilled += engine.scheduler.prefillTokens();
            for (Trace trace : moved) {
                if (trace.output.size() > trace.request.output().size()) {
                    pauses.putIfAbsent(trace, prefilled);
                }
            }
        }
        // Tokens that are computed before the next one of each, none of them beside it that could come later.
        assertEquals(
                List.of(190, 30, 330, 90),
                moved.stream().map(trace -> pauses.getOrDefault(trace, 0)).toList());
    }

    @Test
    void shouldAddToAStepBehindWhatGoesOnOnlyLittleThatItCanFinish() {
        SimulatedEngine engine = engine(400, 4, 400, 160, 8);
        engine.add(moved("one", 1, 60, 0));
        engine.add(moved("two", 100, 61, 0));
        engine.add(moved("three", 200, 12, 0));
        engine.add(request("small", 300, 8, 3));
        engine.add(request("large", 400, 13, 3));
        assertEquals(List.of(12), sizes(engine.step()), "of 20 beside it no prompt is short enough");
        assertEquals(List.of(1, 60), sizes(engine.step()));
        assertEquals(List.of(1, 1, 61, 8), sizes(engine.step()));
        assertEquals(List.of(1, 1, 1, 1, 13), sizes(engine.step()));
        engine.runToEnd(50);
    }

    @Test
    void shouldKeepTheOrderOfArrivalOfMovedSequencesThatAreAsLong() {
        SimulatedEngine engine = busy();
        engine.add(moved("one", 100, 30, 0));
        engine.add(moved("other", 200, 30, 0));
        engine.add(moved("third", 300, 30, 0));
        engine.runToEnd(200);
        assertEquals(List.of("running", "one", "other", "third"), engine.started);
    }

    @Test
    void shouldFinishAtOnceIfTheEarlierAttemptsHadFinished() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 4);
        Trace full = engine.add(Requests.resumed(request("a", 1, 10, 2), TokenIds.of(7, 8)));
        EngineRequest stoppable = Requests.of("b", prompt(1, 10), SamplingParams.greedy(5));
        Trace stopped = engine.add(Requests.resumed(stoppable, TokenIds.of(7, 0)));
        assertFinished(full, FinishReason.LENGTH, 2);
        assertFinished(stopped, FinishReason.STOP, 2);
        assertFalse(engine.scheduler.hasWork());
    }

    @Test
    void shouldEndAtTheContextsLength() {
        SimulatedEngine engine = engine(20, 4, 5, 64, 4);
        Trace trace = engine.add(request("a", 1, 15, 100));
        engine.runToEnd(20);
        assertFinished(trace, FinishReason.LENGTH, 5);
    }

    @Test
    void shouldRefuseWhatCanNeverFit() {
        SimulatedEngine engine = engine(40, 4, 5, 64, 4);
        assertFailed(engine.add(request("context", 1, 40, 1)), FailureReason.TOO_LONG, "40");
        assertFailed(engine.add(request("pool", 1, 10, 12)), FailureReason.TOO_LONG, "6 KV blocks");
        Trace fits = engine.add(request("fits", 1, 10, 11));
        engine.runToEnd(20);
        assertFinished(fits, FinishReason.LENGTH, 11);
    }

    @Test
    void shouldRefuseWhatKernelsMustNeverSee() {
        SimulatedEngine engine = engine(40, 4, 10, 64, 4);
        SamplingParams greedy = SamplingParams.greedy(1);
        assertFailed(
                engine.add(Requests.of("empty", TokenIds.EMPTY, greedy)), FailureReason.INVALID, "prompt is empty");
        assertFailed(engine.add(Requests.of("large", TokenIds.of(1_000), greedy)), FailureReason.INVALID, "token 1000");
        assertFailed(
                engine.add(Requests.of("negative", TokenIds.of(3, -1), greedy)), FailureReason.INVALID, "token -1");
        SamplingParams notANumber =
                new SamplingParams(Float.NaN, 0, 1f, 0f, 1f, 0f, 0f, 1, 0, false, TokenIds.EMPTY, -1, -1);
        assertFailed(
                engine.add(Requests.of("nan", TokenIds.of(3), notANumber)),
                FailureReason.INVALID,
                "temperature is NaN");
    }

    @Test
    void shouldFailAnAttemptPastItsDeadlineWhetherItWaitsOrRuns() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 1);
        Trace running = engine.add(Requests.withDeadline(request("a", 1, 10, 50), 5));
        Trace waiting = engine.add(Requests.withDeadline(request("b", 50, 10, 5), 3));
        for (int i = 0; i < 4; i++) {
            engine.step();
        }
        assertFailed(waiting, FailureReason.DEADLINE, "0 tokens");
        assertNull(running.end);
        engine.step();
        assertFailed(running, FailureReason.DEADLINE, "4 tokens");
        assertEquals(0, engine.scheduler.stats().usedBlocks());
    }

    @Test
    void shouldFreeTheBlocksOfACancelledAttempt() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 4);
        Trace trace = engine.add(request("a", 1, 10, 50));
        engine.step();
        assertTrue(engine.scheduler.stats().usedBlocks() > 0);
        engine.cancel(trace.request.key());
        assertInstanceOf(EngineEvent.Cancelled.class, trace.end);
        assertEquals(0, engine.scheduler.stats().usedBlocks());
        engine.cancel(trace.request.key());
    }

    @Test
    void shouldCancelTheEarlierOfTwoAttemptsAtOneChoice() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 4);
        EngineRequest first = request("a", 1, 10, 5);
        EngineRequest second = Requests.resumed(first, TokenIds.EMPTY);
        Trace superseded = engine.add(first);
        engine.step();
        Trace current = engine.add(second);
        assertInstanceOf(EngineEvent.Cancelled.class, superseded.end);
        engine.cancel(first.key());
        engine.runToEnd(20);
        assertFinished(current, FinishReason.LENGTH, 5);
    }

    @Test
    void shouldCancelAStaleAttemptThatComesLate() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 4);
        EngineRequest first = request("a", 1, 10, 5);
        Trace current = engine.add(Requests.resumed(first, TokenIds.EMPTY));
        Trace stale = engine.add(first);
        assertInstanceOf(EngineEvent.Cancelled.class, stale.end);
        engine.runToEnd(20);
        assertFinished(current, FinishReason.LENGTH, 5);
    }

    @Test
    void shouldFailOnlyTheSequenceWhoseSliceFailed() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 4);
        Trace bad = engine.add(request("bad", 1, 10, 5));
        Trace good = engine.add(request("good", 101, 10, 5));
        engine.step(0);
        assertFailed(bad, FailureReason.NUMERICS, "NaN");
        engine.runToEnd(20);
        assertFinished(good, FinishReason.LENGTH, 5);
    }

    @Test
    void shouldNotOfferBlocksThatAFailedSliceLeftBehind() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 4);
        engine.add(request("bad", 1, 16, 5));
        engine.step(0);
        Trace next = engine.add(request("next", 1, 16, 5));
        engine.runToEnd(20);
        assertEquals(0, next.cachedTokens);
    }

    @Test
    void shouldFailEveryAttemptWithClosed() {
        SimulatedEngine engine = engine(100, 4, 25, 64, 1);
        Trace running = engine.add(request("a", 1, 10, 5));
        Trace waiting = engine.add(request("b", 1, 10, 5));
        engine.step();
        engine.closeAll();
        assertFailed(running, FailureReason.CLOSED, "closed");
        assertFailed(waiting, FailureReason.CLOSED, "closed");
        assertFalse(engine.scheduler.hasWork());
    }

    @Test
    void shouldRefuseAResultThatDoesNotAnswerThePlan() {
        Scheduler scheduler = new Scheduler(StubModel.info(100, 4, 25), new SchedulerLimits(64, 4));
        scheduler.add(request("a", 1, 10, 5), 0);
        assertTrue(scheduler.schedule(0).isPresent());
        StepResult wrong = new StepResult(0, List.of());
        assertThrows(IllegalStateException.class, () -> scheduler.commit(wrong));
        assertThrows(IllegalStateException.class, () -> scheduler.cancel(new AttemptKey("a", 0, 0, 0)));
    }

    private static SimulatedEngine engine(
            int context, int blockTokens, int kvBlocks, int maxStepTokens, int maxSequences) {
        return new SimulatedEngine(
                StubModel.info(context, blockTokens, kvBlocks), new SchedulerLimits(maxStepTokens, maxSequences));
    }

    /** Has so many prompts of a tenant, each as long as a step, and has computed the first one. */
    private static SimulatedEngine underWay(String tenant, int prompts) {
        SimulatedEngine engine = engine(400, 4, 400, 40, 64);
        for (int i = 0; i < prompts; i++) {
            engine.add(of(tenant, 1, request(tenant + i, 1 + 40 * i, 40, 3)));
        }
        engine.step();
        return engine;
    }

    private static EngineRequest of(String tenant, int weight, EngineRequest request) {
        return Requests.withTenant(request, new Tenant(tenant, weight));
    }

    /** A request that ends by its length: end-of-sequence is ignored. */
    private static EngineRequest request(String name, int firstToken, int length, int maxTokens) {
        SamplingParams params =
                new SamplingParams(0f, 0, 1f, 0f, 1f, 0f, 0f, maxTokens, 0, true, TokenIds.EMPTY, -1, -1);
        return Requests.of(name, prompt(firstToken, length), params);
    }

    /** An engine that is decoding a sequence called "running". */
    private static SimulatedEngine busy() {
        SimulatedEngine engine = engine(200, 4, 200, 20, 8);
        engine.add(request("running", 900, 4, 100));
        engine.step();
        return engine;
    }

    /** A request that goes on after one token of output, with so many tokens in all. */
    private static EngineRequest moved(String name, int firstToken, int tokens, int priority) {
        EngineRequest first = Requests.withPriority(request(name, firstToken, tokens - 1, 10), priority);
        TokenIds output = StubModel.expectedOutput(StubModel.info(1_000, 4, 1_000), first);
        return Requests.resumed(first, output.slice(0, 1));
    }

    private static SamplingParams withPromptLogprobs(int count) {
        return new SamplingParams(0f, 0, 1f, 0f, 1f, 0f, 0f, 2, 0, true, TokenIds.EMPTY, -1, count);
    }

    private static List<Integer> sizes(Optional<StepPlan> plan) {
        return plan.orElseThrow().slices().stream()
                .map(SequenceSlice::tokens)
                .map(TokenIds::size)
                .toList();
    }

    private static List<Boolean> started(Trace... traces) {
        return List.of(traces).stream().map(trace -> trace.cachedTokens >= 0).toList();
    }

    private static void assertFinished(Trace trace, FinishReason reason, int tokens) {
        assertEquals(new EngineEvent.Finished(trace.request.key(), reason), trace.end);
        assertEquals(tokens, trace.output.size());
    }

    private static void assertFailed(Trace trace, FailureReason reason, String messagePart) {
        EngineEvent.Failed failed = assertInstanceOf(EngineEvent.Failed.class, trace.end);
        assertEquals(reason, failed.reason());
        assertTrue(failed.message().contains(messagePart), failed.message());
    }
}
