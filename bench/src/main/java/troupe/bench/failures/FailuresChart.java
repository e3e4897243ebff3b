package troupe.bench.failures;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** The gaps of streams at every fault: the median stream's and the longest, beside what is promised. */
final class FailuresChart {
    private static final Color[] COLORS = {new Color(0x9db8e8), new Color(0x2f6fde), new Color(0xb8c0cc)};

    private FailuresChart() {}

    static void write(FaultTrial.Result result, Path file) throws IOException {
        List<String> titles = new ArrayList<>();
        List<Double> medians = new ArrayList<>();
        List<Double> longest = new ArrayList<>();
        List<Double> targets = new ArrayList<>();
        for (FaultKind kind : FaultKind.values()) {
            int number = 0;
            for (FaultReading reading : result.of(kind)) {
                List<Double> gaps = reading.gapsMillis().stream().sorted().toList();
                titles.add(kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ') + " " + ++number);
                medians.add(Percentiles.of(gaps, 50));
                longest.add(Percentiles.of(gaps, 100));
                targets.add(kind.longestMillis().orElse(0));
            }
        }
        CategoryChart chart = new CategoryChartBuilder()
                .width(1100)
                .height(480)
                .title("how long streams stand still at each fault, ms")
                .build();
        chart.getStyler().setSeriesColors(COLORS);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setLegendPosition(LegendPosition.InsideNW);
        chart.getStyler().setXAxisLabelRotation(35);
        chart.addSeries("median of the streams hit", titles, medians);
        chart.addSeries("longest", titles, longest);
        chart.addSeries("most that is promised", titles, targets);
        BitmapEncoder.saveBitmapWithDPI(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG, 110);
    }
}
