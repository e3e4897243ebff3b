package troupe.engine.scheduler;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import troupe.engine.TenantCounts;

/**
 * In which order prompts are computed, whether they are under way or wait: by priority, then tenants in turn, then by place.
 *
 * <p><b>Tenants</b> share the tokens that are prefilled by their weights, as in start-time fair queueing (Goyal, Vin and
 * Cheng, 1996): each has a virtual time, which moves on by tokens over weight, and a prompt's turn is its tenant's virtual
 * time after the prompts in front of it. Whoever comes, or comes back, begins where the one that is least far is, so
 * nobody waits behind all that another tenant has waiting. Of equals the one that has less in the batch is first.
 *
 * <p><b>Within a tenant</b> prompts go by a place in the count of tokens that were ever prefilled. A sequence's place is the
 * count when it comes, and its own tokens to prefill on top. So short prompts pass long ones, and nobody waits for what came
 * after as many tokens had been computed as its own prompt has: the longest one does not starve.
 *
 * <p>A sequence that goes on with an answer, as those of a lost worker do, has a head start of {@value #HEAD_START} tokens in
 * both: its client has read a part and sees the pause, so it does not wait for prompts that came with it or just before.
 */
final class PrefillOrder {
    /** Among sequences of one tenant, the next one first. */
    static final Comparator<Sequence> BY_PLACE = Comparator.<Sequence>comparingInt(s -> s.request.priority())
            .thenComparingLong(s -> s.place)
            .thenComparingLong(s -> s.arrival);

    static final int HEAD_START = 2_048;

    /** Weights beyond count as this. */
    private static final int MOST_WEIGHT = 1_000_000;

    /** The prompts of a tenant, each behind the ones before. */
    private static final class Line {
        private double virtualTime;
        private boolean goesOn = true;

        Line(double virtualTime) {
            this.virtualTime = virtualTime;
        }

        /** Behind a prompt that begins nothing has a head start: within a tenant places decide. */
        void append(Sequence sequence) {
            goesOn &= sequence.goesOn();
            sequence.turn = virtualTime - (goesOn ? HEAD_START : 0);
            virtualTime += virtualTime(sequence, sequence.leftToPrefill());
        }
    }

    private long prefilled;
    /** By tenant's name, of those that are further than {@link #virtualTime}. */
    private final Map<String, Double> virtualTimes = new HashMap<>();
    /** That of the tenant which is least far among those that had prompts. */
    private double virtualTime;

    /** Gives a sequence that comes its place, which it keeps. */
    void enter(Sequence sequence) {
        sequence.place = prefilled + sequence.tokensToPrefill - (sequence.goesOn() ? HEAD_START : 0);
    }

    /**
     * Puts the prompts that there are, all of them, into the order in which they are computed from now on.
     *
     * @param running what tenants have in the batch
     */
    void sort(List<Sequence> prompts, TenantCounts running) {
        if (prompts.isEmpty()) {
            virtualTimes.clear(); // idleness ends all debts
            return;
        }
        prompts.sort(BY_PLACE);
        Map<String, Line> lines = new HashMap<>();
        for (Sequence sequence : prompts) {
            String tenant = sequence.request.tenant().name();
            lines.computeIfAbsent(tenant, name -> new Line(virtualTimeOf(name))).append(sequence);
        }
        advance(lines.keySet());
        prompts.sort(Comparator.<Sequence>comparingInt(s -> s.request.priority())
                .thenComparingDouble(s -> s.turn)
                .thenComparingDouble(s -> running.share(s.request.tenant()))
                .thenComparing(BY_PLACE));
    }

    /** So many tokens of a sequence's prompt are computed now. */
    void prefilled(Sequence sequence, int tokens) {
        String tenant = sequence.request.tenant().name();
        prefilled += tokens;
        virtualTimes.put(tenant, virtualTimeOf(tenant) + virtualTime(sequence, tokens));
    }

    private double virtualTimeOf(String tenant) {
        return Math.max(virtualTimes.getOrDefault(tenant, virtualTime), virtualTime);
    }

    /** Moves on to the least of those that have prompts; whoever is not further needs no entry. */
    private void advance(Collection<String> tenants) {
        double least = Double.POSITIVE_INFINITY;
        for (String tenant : tenants) {
            least = Math.min(least, virtualTimeOf(tenant));
        }
        virtualTime = least;
        virtualTimes.values().removeIf(time -> time <= virtualTime);
    }

    private static double virtualTime(Sequence sequence, int tokens) {
        return (double) tokens / Math.min(sequence.request.tenant().share(), MOST_WEIGHT);
    }
}
