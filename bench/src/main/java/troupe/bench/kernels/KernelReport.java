package troupe.bench.kernels;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import troupe.bench.ProcessorKind;

/**
 * The survey as Markdown tables and a chart.
 *
 * @param missing names of implementations that do not run here, with the reason
 * @param limits by the number of threads
 * @param threads that the kernels ran on
 */
public record KernelReport(
        LocalDate day,
        String machine,
        ProcessorKind kind,
        int threads,
        boolean quick,
        SortedMap<Integer, Limits> limits,
        Map<String, String> missing,
        KernelSurvey survey) {
    /** Writes the processor kind's {@code kernels-*.md} and {@code kernels-*.png}. */
    public void write(Path folder) throws IOException {
        Path text = folder.resolve(kind.file("kernels", "md"));
        Path picture = folder.resolve(kind.file("kernels", "png"));
        Files.writeString(text, markdown());
        KernelChart.write(survey.figures(), picture);
        System.err.println("written: " + text + ", " + picture);
    }

    String markdown() {
        StringBuilder text = new StringBuilder("# Every kernel against its limit\n\n");
        if (quick) {
            text.append("**A quick run: it shows that the command works, its figures say little.**\n\n");
        }
        text.append("`./troupe bench kernels`, ")
                .append(day)
                .append(". Machine: ")
                .append(machine)
                .append(".\n\nThe limits were measured in the same run by a probe of our own")
                .append(" (`bench/src/main/c/probe.c`), the best of five short readings:\n\n");
        limitsTable(text);
        text.append("\nBelow, ")
                .append(threads)
                .append(" threads call a kernel at once, each with operands of its own in the shapes of the default")
                .append(
                        " model; the best of five readings. A figure is the rate of what bounds the call, and its share")
                .append(" of the limit: weights and the keys and values of a decode come from memory")
                .append(" (46 MB a thread); quantized products are bounded by int8 products with block scaling on the")
                .append(
                        " best instruction set of the machine, whichever set the implementation uses; products of floats")
                .append(" and attention of prompts by f32 multiply-adds; what goes over rows once by the L2 cache, its")
                .append(
                        " bytes read and written. Kernels in Java share one JVM here; `./troupe bench jmh` has them each")
                .append(" in a JVM of its own.\n");
        Map<String, List<KernelFigure>> byImplementation = new LinkedHashMap<>();
        for (KernelFigure figure : survey.figures()) {
            byImplementation
                    .computeIfAbsent(figure.implementation(), _ -> new ArrayList<>())
                    .add(figure);
        }
        byImplementation.forEach((name, figures) -> {
            text.append("\n## ").append(name).append("\n\n");
            products(text, figures);
            others(text, figures);
        });
        if (!missing.isEmpty()) {
            text.append("\n## Not measured\n\n");
            missing.forEach((name, reason) ->
                    text.append("- ").append(name).append(": ").append(reason).append('\n'));
        }
        text.append("\n![chart](").append(kind.file("kernels", "png")).append(")\n");
        return text.toString();
    }

    private void limitsTable(StringBuilder text) {
        text.append('|');
        limits.keySet().forEach(count -> text.append(" | ").append(count).append(count == 1 ? " thread" : " threads"));
        text.append(" |\n|---").append("|---".repeat(limits.size())).append("|\n");
        for (String title : limits.firstEntry().getValue().shown().keySet()) {
            text.append("| ").append(title);
            limits.values()
                    .forEach(each -> text.append(" | ").append(each.shown().get(title)));
            text.append(" |\n");
        }
    }

    private static boolean isProduct(KernelFigure figure) {
        return figure.kernelCase().kernel().startsWith("matmul");
    }

    private static void products(StringBuilder text, List<KernelFigure> figures) {
        Map<String, SortedMap<Integer, KernelFigure>> lines = new LinkedHashMap<>();
        for (KernelFigure figure : figures) {
            if (isProduct(figure)) {
                KernelCase each = figure.kernelCase();
                lines.computeIfAbsent(each.kernel() + " | " + each.operands(), _ -> new TreeMap<>())
                        .put(each.tokens(), figure);
            }
        }
        text.append("| product | shape");
        for (int tokens : MatmulCases.TOKENS) {
            text.append(" | ").append(tokens).append(tokens == 1 ? " token" : " tokens");
        }
        text.append(" |\n|---|---")
                .append("|---".repeat(MatmulCases.TOKENS.length))
                .append("|\n");
        lines.forEach((title, byTokens) -> {
            text.append("| ").append(title);
            byTokens.values().forEach(figure -> text.append(" | ").append(figure.shown()));
            text.append(" |\n");
        });
    }

    private static void others(StringBuilder text, List<KernelFigure> figures) {
        text.append("\n| kernel | operands | rate, share of the limit | bounded by |\n|---|---|---|---|\n");
        for (KernelFigure figure : figures) {
            if (!isProduct(figure)) {
                text.append("| ")
                        .append(figure.kernelCase().kernel())
                        .append(" | ")
                        .append(figure.kernelCase().operands())
                        .append(" | ")
                        .append(figure.shown())
                        .append(" | ")
                        .append(figure.bound().title())
                        .append(" |\n");
            }
        }
    }
}
