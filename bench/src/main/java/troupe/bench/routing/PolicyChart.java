package troupe.bench.routing;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import troupe.cluster.simulation.RoutingFigures;

/** Hit rates and times to the first token of every policy, a pair of charts for each workload. */
final class PolicyChart {
    private static final int WIDTH = 620;
    private static final int HEIGHT = 380;
    private static final double LEAST_MILLIS = 1;
    private static final Color[] PERCENTILES = {
        new Color(0x9db8e8), new Color(0x2f6fde), new Color(0x1b3f80),
    };

    private PolicyChart() {}

    static void write(List<Comparison> comparisons, Path file) throws IOException {
        BufferedImage all = new BufferedImage(2 * WIDTH, HEIGHT * comparisons.size(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = all.createGraphics();
        for (int i = 0; i < comparisons.size(); i++) {
            graphics.drawImage(BitmapEncoder.getBufferedImage(hits(comparisons.get(i))), 0, i * HEIGHT, null);
            graphics.drawImage(BitmapEncoder.getBufferedImage(times(comparisons.get(i))), WIDTH, i * HEIGHT, null);
        }
        graphics.dispose();
        ImageIO.write(all, "png", file.toFile());
    }

    private static CategoryChart hits(Comparison comparison) {
        List<String> titles = new ArrayList<>();
        List<Double> rates = new ArrayList<>();
        for (Map.Entry<String, RoutingFigures> entry : comparison.figures().entrySet()) {
            titles.add(entry.getKey());
            rates.add(100 * entry.getValue().hitRate());
        }
        titles.add("one cache");
        rates.add(100 * comparison.oneCacheHitRate());
        CategoryChart chart = chart(comparison.workload().title() + ": cache hits, % of prompt tokens");
        chart.getStyler().setLegendVisible(false);
        chart.getStyler().setYAxisMin(0d);
        chart.getStyler().setYAxisMax(100d);
        chart.getStyler().setSeriesColors(new Color[] {PERCENTILES[1]});
        chart.addSeries("hit rate", titles, rates);
        return chart;
    }

    private static CategoryChart times(Comparison comparison) {
        CategoryChart chart = chart(comparison.workload().title() + ": time to the first token, ms");
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setYAxisMin(LEAST_MILLIS);
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        chart.getStyler().setSeriesColors(PERCENTILES);
        List<String> titles = new ArrayList<>(comparison.figures().keySet());
        List<Double> p50 = new ArrayList<>();
        List<Double> p90 = new ArrayList<>();
        List<Double> p99 = new ArrayList<>();
        for (RoutingFigures figures : comparison.figures().values()) {
            p50.add(figures.firstTokenP50() * 1e3);
            p90.add(figures.firstTokenP90() * 1e3);
            p99.add(figures.firstTokenP99() * 1e3);
        }
        chart.addSeries("p50", titles, p50);
        chart.addSeries("p90", titles, p90);
        chart.addSeries("p99", titles, p99);
        return chart;
    }

    private static CategoryChart chart(String title) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .build();
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        return chart;
    }
}
