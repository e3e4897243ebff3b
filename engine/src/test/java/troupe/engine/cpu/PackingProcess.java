package troupe.engine.cpu;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import troupe.kernels.WorkerPool;

/** Another process that opens a folder of packed weights; closing it kills it as {@code kill -9} does. */
record PackingProcess(Process process, BufferedReader output) implements AutoCloseable {
    private static final String CHECKSUM = "0123456789abcdef".repeat(4);

    enum Way {
        /** Says "packed" or "mapped" and uses the weights until it is killed. */
        HOLD,
        /** Says "half written" in the middle of writing the file and stays there. */
        STALL
    }

    static PackingProcess start(Path folder, Way way) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PackingProcess.class.getName(),
                        folder.toString(),
                        way.name())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new PackingProcess(process, process.inputReader());
    }

    /** Waits for it; ours start with a word that is no log line's. */
    String nextLine() throws IOException {
        String line = output.readLine();
        while (line != null && !line.matches("packed|mapped|half written")) {
            line = output.readLine();
        }
        return String.valueOf(line);
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().join();
        output.close();
    }

    public static void main(String[] arguments) throws InterruptedException {
        AtomicBoolean filled = new AtomicBoolean();
        Path folder = Path.of(arguments[0]);
        PackedModelFolder packed = new PackedModelFolder(
                folder,
                InstantSource.system(),
                PackedFileRetention.DEFAULT,
                Way.valueOf(arguments[1]) == Way.HOLD
                        ? PackedFormat::write
                        : (format, channel, memory) -> {
                            channel.write(
                                    memory.asSlice(0, memory.byteSize() / 2).asByteBuffer());
                            System.out.println("half written");
                            sleepUntilKilled();
                        });
        long bytes = 2L * PackedFormat.CHUNK + 4032;
        try (WorkerPool pool = new WorkerPool(1);
                Arena arena = Arena.ofShared()) {
            PackedWeights weights = packed.open(new PackedFormat(bytes, CHECKSUM), arena, pool, target -> {
                filled.set(true);
                fill(target);
            });
            System.out.println(filled.get() ? "packed" : "mapped");
            sleepUntilKilled();
            System.out.println(weights);
        }
    }

    private static void fill(MemorySegment target) {
        for (long i = 0; i < target.byteSize(); i++) {
            target.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31 + (i >> 12)));
        }
    }

    private static void sleepUntilKilled() {
        try {
            Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
