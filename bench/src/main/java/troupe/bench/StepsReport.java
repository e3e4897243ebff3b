package troupe.bench;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import troupe.engine.executor.StepProfile.Phase;

/** The phases of the steps as a Markdown table and a chart. */
record StepsReport(
        Path model,
        String kernels,
        int threads,
        int repeats,
        String machine,
        ProcessorKind kind,
        Map<Workload, StepFigures> engine,
        Map<Workload, Measurement> served) {

    void write(Path folder, Clock clock) throws IOException {
        Path text = folder.resolve(kind.file("steps", "md"));
        Path picture = folder.resolve(kind.file("steps", "png"));
        Files.writeString(text, markdown(LocalDate.now(clock)));
        BitmapEncoder.saveBitmapWithDPI(chart(), picture.toString(), BitmapEncoder.BitmapFormat.PNG, 110);
        System.err.println("written: " + text + ", " + picture);
    }

    private String markdown(LocalDate day) {
        StringBuilder text = new StringBuilder();
        text.append("# Where the time of a step goes\n\n`./troupe bench steps --threads ")
                .append(threads)
                .append(" --repeats ")
                .append(repeats)
                .append("`, ")
                .append(day)
                .append(", `")
                .append(model.getFileName())
                .append(
                        "`. Microseconds per step by the clock on the wall, medians of the readings' means.\n\nMachine: ")
                .append(machine)
                .append("; ")
                .append(kernels)
                .append(" kernels.\n\n| |");
        engine.keySet()
                .forEach(workload -> text.append(' ').append(workload.title()).append(" |"));
        text.append("\n|---|").append("---|".repeat(engine.size())).append('\n');
        for (Phase phase : Phase.values()) {
            row(text, phase.title(), "%.0f", figures -> figures.micros(phase));
        }
        row(text, "**a step**", "**%.0f**", StepFigures::totalMicros);
        row(text, "of it around kernels and sampling", "%.0f", StepFigures::hostMicros);
        row(text, "steps read", "%.0f", figures -> (double) figures.steps());
        row(text, "KiB allocated per step, all threads", "%.1f", figures -> figures.allocatedBytes() / 1024);
        text.append("| served over HTTP: from a stream's token to its next |");
        engine.keySet().forEach(workload -> text.append(served(workload)));
        text.append("\n| of it beyond the engine's step |");
        engine.forEach((workload, figures) -> text.append(beyond(workload, figures)));
        text.append("\n\n![chart](")
                .append(kind.file("steps", "png"))
                .append(")\n\nA prefill of 512 tokens is steps of at most 256 tokens. The head's own")
                .append(" quantization counts with \"activations to int8\". The server runs in a process of its own;")
                .append(" its clients and it share the cores with the engine's threads, so what HTTP costs shows as")
                .append(" time beyond the step: the engine waits for nobody, yet its threads share the cores.\n");
        return text.toString();
    }

    private void row(StringBuilder text, String title, String format, Function<StepFigures, Double> value) {
        text.append("| ").append(title).append(" |");
        engine.values()
                .forEach(figures -> text.append(' ')
                        .append(String.format(Locale.ROOT, format, value.apply(figures)))
                        .append(" |"));
        text.append('\n');
    }

    private String served(Workload workload) {
        Measurement measured = served.get(workload);
        return measured == null ? " |" : String.format(Locale.ROOT, " %.0f |", measured.median());
    }

    private String beyond(Workload workload, StepFigures figures) {
        Measurement measured = served.get(workload);
        return measured == null
                ? " |"
                : String.format(Locale.ROOT, " %.0f |", measured.median() - figures.totalMicros());
    }

    private CategoryChart chart() {
        CategoryChart chart = new CategoryChartBuilder()
                .width(900)
                .height(520)
                .title("per cent of a step, " + threads + " threads, " + model.getFileName())
                .build();
        chart.getStyler().setStacked(true);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        List<String> titles = engine.keySet().stream().map(Workload::title).toList();
        for (Phase phase : Phase.values()) {
            List<Double> shares = new ArrayList<>();
            engine.values().forEach(figures -> shares.add(100 * figures.micros(phase) / figures.totalMicros()));
            chart.addSeries(phase.title(), titles, shares);
        }
        return chart;
    }
}
