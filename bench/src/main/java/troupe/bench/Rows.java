package troupe.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import troupe.bench.Figure.Unit;
import troupe.bench.Work.Limit;
import troupe.bench.load.LoadReport;
import troupe.bench.peer.PeerModel;

/** The whole comparison, with what is to be reached on each kind of processor. */
final class Rows {
    static final Figure SERVER_TOTAL = figure("server, 8 clients: all", Unit.TOKENS_PER_SECOND, new Target(3, 4));
    static final Figure SERVER_FIRST =
            figure("server, 8 clients: time to first token, p50", Unit.MILLISECONDS, new Target(3, 4));
    static final Figure SERVER_GAP = shown("server, 8 clients: between tokens, p50");
    static final Figure SERVER_GAP_P99 = shown("server, 8 clients: between tokens, p99");
    static final Figure ALONE_FIRST =
            figure("server, 1 client: time to first token, p50", Unit.MILLISECONDS, new Target(2, 4));

    private static final int CONTEXT = 4096;

    private Rows() {}

    /** @param quick few requests a reading */
    static List<Row> all(boolean quick) {
        List<Row> rows = new ArrayList<>(List.of(
                inEngine("decode-1", PeerModel.GIVEN, decode("decode, 1 stream", 1, 128), Limit.WEIGHTS, 2.5, 1.7),
                inEngine(
                        "prefill-512", PeerModel.GIVEN, prefill("prefill, 512 tokens", 512), Limit.SCALED_INT8, 3.5, 3),
                inEngine(
                        "streams-16",
                        PeerModel.GIVEN,
                        new Workload("decode, 16 streams", 128, 64, 16, Workload.Figure.DECODE),
                        Limit.NONE,
                        3,
                        4),
                inEngine(
                        "decode-4096",
                        PeerModel.GIVEN,
                        decode("decode at 4,096 tokens of context", CONTEXT, 64),
                        Limit.WEIGHTS_AND_CONTEXT,
                        2,
                        2.5),
                inEngine(
                        "prefill-4096", PeerModel.GIVEN, prefill("prefill, 4,096 tokens", CONTEXT), Limit.NONE, 2, 2.5),
                new Row(
                        "server-8",
                        PeerModel.GIVEN,
                        new Work.OverHttp(8, quick ? 1 : 4),
                        List.of(SERVER_TOTAL, SERVER_FIRST, SERVER_GAP, SERVER_GAP_P99)),
                new Row("server-1", PeerModel.GIVEN, new Work.OverHttp(1, quick ? 2 : 8), List.of(ALONE_FIRST))));
        quantization(rows, "q4_0", PeerModel.GIVEN_Q4_0, 128, new Target(1.5, 1.3));
        quantization(rows, "q8_0", PeerModel.GIVEN_Q8_0, 128, new Target(1.5, 1.3));
        quantization(rows, "q4_k_m", PeerModel.GIVEN_Q4_K_M, 128, new Target(1.5, 1.3));
        quantization(rows, "1b-q4_0", PeerModel.LLAMA_1B_Q4_0, 32, new Target(1.3, 1.2));
        quantization(rows, "1b-q4_k_m", PeerModel.LLAMA_1B_Q4_K_M, 32, new Target(1.3, 1.2));
        return List.copyOf(rows);
    }

    /**
     * The rows whose ids begin with one of {@code beginnings}; all where there are none.
     *
     * @throws IllegalArgumentException for a beginning of no id; says the ids
     */
    static List<Row> matching(List<Row> rows, List<String> beginnings) {
        for (String beginning : beginnings) {
            if (rows.stream().noneMatch(row -> row.id().startsWith(beginning))) {
                throw new IllegalArgumentException("no row begins with \"" + beginning + "\"; there are "
                        + String.join(", ", rows.stream().map(Row::id).toList()));
            }
        }
        return rows.stream()
                .filter(row -> beginnings.isEmpty() || beginnings.stream().anyMatch(row.id()::startsWith))
                .toList();
    }

    /** What a load on a server says about a figure. */
    static double of(Figure figure, LoadReport report) {
        if (figure.equals(SERVER_TOTAL)) {
            return report.tokensPerSecond();
        }
        if (figure.equals(SERVER_GAP)) {
            return report.gapMedian();
        }
        if (figure.equals(SERVER_GAP_P99)) {
            return report.gapP99();
        }
        return report.firstTokenMedian();
    }

    private static void quantization(List<Row> rows, String id, PeerModel model, int generated, Target decode) {
        rows.add(inEngine(
                id + "-decode",
                model,
                decode(model.title() + ": decode", 1, generated),
                Limit.WEIGHTS,
                decode.avx2(),
                decode.amx()));
        rows.add(inEngine(id + "-prefill", model, prefill(model.title() + ": prefill", 512), Limit.SCALED_INT8, 2, 2));
    }

    private static Workload decode(String title, int context, int generated) {
        return new Workload(title, context, generated, 1, Workload.Figure.DECODE);
    }

    private static Workload prefill(String title, int tokens) {
        return new Workload(title, tokens, 1, 1, Workload.Figure.PREFILL);
    }

    private static Row inEngine(String id, PeerModel model, Workload workload, Limit limit, double avx2, double amx) {
        return new Row(
                id,
                model,
                new Work.InEngine(workload, limit),
                List.of(figure(workload.title(), Unit.TOKENS_PER_SECOND, new Target(avx2, amx))));
    }

    private static Figure figure(String title, Unit unit, Target target) {
        return new Figure(title, unit, Optional.of(target));
    }

    private static Figure shown(String title) {
        return new Figure(title, Unit.MILLISECONDS, Optional.empty());
    }
}
