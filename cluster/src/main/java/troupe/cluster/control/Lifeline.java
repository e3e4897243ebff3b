package troupe.cluster.control;

import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;

/**
 * Holds a connection that ends as soon as the process is killed.
 *
 * <p>Linux closes what a process has open when its last thread is gone, and before that this thread gives back the
 * memory: nearly a tenth of a second for a gigabyte in small pages. A thread with a table of files of its own closes them
 * when it ends itself, as all threads do at once. So a thread takes such a table with the connection alone in it
 * (close_range(2), {@code CLOSE_RANGE_UNSHARE}), and the process forgets that it had it.
 *
 * <pre>
 *   shared table: 0 1 2 ... fd ...  --unshare-->  shared table: 0 1 2 ... fd ...  --close-->  shared table: 0 1 2 ...
 *                                                 lifeline's:             fd                  lifeline's:   fd
 * </pre>
 *
 * The thread touches no other file from then on, not even by loading a class: every call that it makes is made once before.
 * Nor does it start a thread, which would have its table: it wakes a platform thread alone ({@link #keep}), since waking a
 * virtual one may start a carrier.
 */
final class Lifeline {
    /** How long a lifeline that is let go may still hold on. */
    private static final int LOOK_MILLIS = 500;

    private final LinuxFiles files;
    private final Socket socket;
    private final int descriptor;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch forgotten = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean holds;
    private volatile boolean letGo;

    private Lifeline(LinuxFiles files, Socket socket, int descriptor) {
        this.files = files;
        this.socket = socket;
        this.descriptor = descriptor;
    }

    /**
     * Holds the connection until the other side ends it, or the calling thread is interrupted, and closes this side's
     * socket. What still comes in is dropped.
     *
     * @return whether it was held; where the system cannot do it nothing has happened
     */
    static boolean hold(Socket socket) throws InterruptedException {
        Optional<LinuxFiles> files = LinuxFiles.here();
        InetAddress peer = socket.getInetAddress();
        if (files.isEmpty() || peer == null) {
            return false;
        }
        OptionalInt descriptor = files.get().connection(socket.getLocalPort(), peer.getAddress(), socket.getPort());
        if (descriptor.isEmpty()) {
            return false;
        }
        Lifeline lifeline = new Lifeline(files.get(), socket, descriptor.getAsInt());
        Thread.ofPlatform().daemon().name("lifeline-keeper").start(lifeline::keep);
        try {
            lifeline.over.await();
            return lifeline.holds;
        } finally {
            lifeline.letGo = true;
        }
    }

    /** Beside the thread that holds: whatever the process's own files are needed for. */
    private void keep() {
        Thread.ofPlatform().daemon().name("lifeline").start(this::run);
        try {
            begun.await();
            if (holds) {
                // Otherwise Java ends the connection before it closes this descriptor of it.
                socket.setSoLinger(true, 0);
                ControlServer.close(socket);
                forgotten.countDown();
                ended.await();
            }
        } catch (SocketException | InterruptedException e) {
            letGo = true; // the connection is closed by then, and nobody interrupts
        } finally {
            forgotten.countDown();
            over.countDown();
        }
    }

    private void run() {
        try {
            files.endInOrder(LinuxFiles.NONE);
            boolean gone = files.isEnded(LinuxFiles.NONE, 0);
            holds = files.keepOnly(descriptor);
            begun.countDown();
            if (holds) {
                forgotten.await();
                files.endInOrder(descriptor);
            }
            while (holds && !gone && !letGo) {
                gone = files.isEnded(descriptor, LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            // Nobody does.
        } finally {
            begun.countDown();
            ended.countDown();
        }
    }
}
