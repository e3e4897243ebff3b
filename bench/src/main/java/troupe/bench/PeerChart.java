package troupe.bench;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** How many times better than llama.cpp each figure is, beside what was wanted. */
final class PeerChart {
    private static final Color OURS = new Color(0x2f6fde);
    private static final Color WANTED = new Color(0xb8c0cc);

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
        CategoryChart chart = new CategoryChartBuilder()
                .width(1100)
                .height(560)
                .title("times better than llama.cpp at its best settings")
                .build();
        chart.getStyler().setSeriesColors(new Color[] {OURS, WANTED});
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setLegendPosition(LegendPosition.InsideNE);
        chart.getStyler().setXAxisLabelRotation(35);
        chart.addSeries("Troupe", titles, times);
        chart.addSeries("target on " + kind.title(), titles, targets);
        BitmapEncoder.saveBitmapWithDPI(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG, 110);
    }
}
