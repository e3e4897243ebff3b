package troupe.bench;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.HorizontalBarChart;
import org.knowm.xchart.HorizontalBarChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** How many times better than llama.cpp each figure is, beside what was wanted. */
final class PeerChart {
    private static final Color OURS = new Color(0x2f6fde);
    private static final Color WANTED = new Color(0xb8c0cc);

    private static final int BAR_HEIGHT = 40;

    private PeerChart() {}

    /** @param measured at least one; figures without a target are left out unless none has one */
    static void write(List<Outcome.Measured> measured, ProcessorKind kind, Path file) throws IOException {
        List<String> titles = new ArrayList<>();
        List<Double> times = new ArrayList<>();
        List<Double> targets = new ArrayList<>();
        for (Outcome.Measured each : measured) {
            each.figure().target().ifPresent(target -> {
                titles.add(each.figure().title());
                times.add(each.timesBetter());
                targets.add(target.on(kind));
            });
        }
        draw(titles, times, targets, kind, file);
    }

    /** @param titles of the figures, from above */
    private static void draw(
            List<String> titles, List<Double> times, List<Double> targets, ProcessorKind kind, Path file)
            throws IOException {
        HorizontalBarChart chart = new HorizontalBarChartBuilder()
                .width(1000)
                .height(200 + BAR_HEIGHT * titles.size())
                .title("times better than llama.cpp at its best settings")
                .build();
        chart.getStyler().setSeriesColors(new Color[] {OURS, WANTED});
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setLegendPosition(LegendPosition.InsideSE);
        chart.getStyler().setXAxisTickMarkSpacingHint(BAR_HEIGHT / 2); // of both axes: a label for every figure
        chart.addSeries("Troupe", times, titles);
        chart.addSeries("target on " + kind.title(), targets, titles);
        BitmapEncoder.saveBitmapWithDPI(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG, 110);
    }
}
