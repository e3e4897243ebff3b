package troupe.bench.kernels;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Shares of the limits by kernel, a colour for each implementation; of a product's shapes the mean. */
final class KernelChart {
    private static final int WIDTH = 1500;
    private static final int HEIGHT = 600;

    private KernelChart() {}

    static void write(List<KernelFigure> figures, Path file) throws IOException {
        Map<String, Map<String, List<Double>>> shares = new LinkedHashMap<>();
        for (KernelFigure figure : figures) {
            shares.computeIfAbsent(figure.implementation(), _ -> new LinkedHashMap<>())
                    .computeIfAbsent(title(figure.kernelCase()), _ -> new ArrayList<>())
                    .add(100 * figure.shareOfLimit());
        }
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("per cent of the machine's limit")
                .build();
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setLegendPosition(LegendPosition.InsideNE);
        chart.getStyler().setXAxisLabelRotation(60);
        shares.forEach((implementation, byTitle) -> {
            List<Double> means = byTitle.values().stream()
                    .map(list -> list.stream()
                            .mapToDouble(Double::doubleValue)
                            .average()
                            .orElse(0))
                    .toList();
            chart.addSeries(implementation, new ArrayList<>(byTitle.keySet()), means);
        });
        BitmapEncoder.saveBitmapWithDPI(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG, 100);
    }

    private static String title(KernelCase each) {
        return each.kernel().startsWith("matmul")
                ? each.kernel().substring("matmul ".length()) + " x " + each.tokens()
                : each.kernel().startsWith("attention") ? each.kernel() + ", " + each.operands() : each.kernel();
    }
}
