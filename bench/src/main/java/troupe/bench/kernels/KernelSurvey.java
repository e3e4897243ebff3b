package troupe.bench.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import troupe.kernels.Kernels;

/** Times every kernel of some implementations. */
public final class KernelSurvey {
    private static final Set<String> IN_JAVA = Set.of("vector", "scalar");

    private final List<KernelFigure> figures = new ArrayList<>();
    private final KernelTimer timer;
    private final Limits limits;
    private final boolean quick;

    /**
     * @param limits of as many threads
     * @param quick few cases and short readings, to see that all works
     */
    public KernelSurvey(int threads, Limits limits, boolean quick) {
        this.timer = quick ? new KernelTimer(threads, 1, 0.002) : new KernelTimer(threads, 5, 0.015);
        this.limits = limits;
        this.quick = quick;
    }

    /** Times all kernels of an implementation, with a line of progress for each. */
    public void add(Kernels kernels) throws InterruptedException {
        List<KernelCase> cases = new ArrayList<>(MatmulCases.all(quick));
        cases.addAll(AttentionCases.all());
        cases.addAll(RowCases.all());
        double warmUpSeconds = quick ? 0 : IN_JAVA.contains(kernels.name()) ? 0.3 : 0.02;
        for (KernelCase each : cases) {
            double callsPerSecond = timer.callsPerSecond(kernels, each, warmUpSeconds);
            KernelFigure figure = new KernelFigure(kernels.name(), each, callsPerSecond, limits);
            figures.add(figure);
            System.err.printf(
                    Locale.ROOT,
                    "%s: %s, %s, %d tokens: %s of %s%n",
                    kernels.name(),
                    each.kernel(),
                    each.operands(),
                    each.tokens(),
                    figure.shown(),
                    figure.bound().title());
        }
    }

    List<KernelFigure> figures() {
        return figures;
    }
}
