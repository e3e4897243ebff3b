package troupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import troupe.bench.kernels.KernelReport;
import troupe.bench.kernels.KernelSurvey;
import troupe.bench.kernels.Limits;
import troupe.bench.probe.MachineProbe;
import troupe.kernels.KernelCandidate;
import troupe.kernels.KernelProvider;

/** Measures every kernel of every implementation against the machine's limits. */
@Command(
        name = "kernels",
        mixinStandardHelpOptions = true,
        description = "Measures every kernel against this machine's limits; writes tables and a chart.")
final class KernelsCommand implements Callable<Integer> {
    /** The oracle of the tests is not made for speed, and would take longer than all others together. */
    private static final String ORACLE = "scalar";

    @Option(
            names = "--kernels",
            split = ",",
            paramLabel = "NAME",
            description = "Only these implementations (all that run here but scalar).")
    private List<String> names = List.of();

    @Option(names = "--threads", description = "That compute at once (all cores).")
    private @Nullable Integer threads;

    @Option(names = "--quick", description = "Few cases and short readings, to see that all works.")
    private boolean quick;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description = "Of the report (docs/benchmarks; with --kernels or --quick: bench/target/kernels).")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<KernelCandidate> candidates = KernelProvider.available();
        List<String> known = candidates.stream().map(KernelCandidate::name).toList();
        if (!known.containsAll(names) || (threads != null && threads < 1)) {
            System.err.println("--kernels takes names of " + known + ", --threads at least 1");
            return 2;
        }
        Optional<MachineProbe> probe = MachineProbe.find();
        if (probe.isEmpty()) {
            System.err.println("there is no probe of this machine's limits: it needs Linux on x86-64 and, when this is"
                    + " built, a C compiler (Debian: apt-get install gcc)");
            return 1;
        }
        int used = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        System.err.println("measuring the limits of 1 thread and of " + used);
        SortedMap<Integer, Limits> limits = new TreeMap<>();
        limits.put(1, Limits.measure(probe.get(), 1));
        Limits together = used == 1 ? limits.firstEntry().getValue() : Limits.measure(probe.get(), used);
        limits.put(used, together);
        KernelSurvey survey = new KernelSurvey(used, together, quick);
        Map<String, String> missing = new LinkedHashMap<>();
        for (KernelCandidate candidate : candidates) {
            boolean wanted = names.isEmpty() ? !candidate.name().equals(ORACLE) : names.contains(candidate.name());
            if (wanted && candidate.kernels().isPresent()) {
                survey.add(candidate.kernels().get());
            } else if (wanted) {
                missing.put(candidate.name(), candidate.missing().orElse("it does not run here"));
            }
        }
        boolean part = quick || !names.isEmpty();
        Path folder = output != null ? output : Path.of(part ? "bench/target/kernels" : "docs/benchmarks");
        new KernelReport(
                        LocalDate.now(Clock.systemUTC()),
                        Machine.describe(),
                        Machine.kind(),
                        used,
                        quick,
                        limits,
                        missing,
                        survey)
                .write(Files.createDirectories(folder));
        return 0;
    }
}
