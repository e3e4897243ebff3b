package troupe.cluster.control;

import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;

/**
 * Holds a connection that ends as soon as the process is killed.
 *
 * <p>Linux closes what a process has open when its last thread is gone, and before that this thread gives back the
 * memory: a tenth of a second for a gigabyte, seconds where weights and caches fill a server. A thread with a table of files of its
 * own closes them when it ends itself, as all threads do at once. So a thread takes such a table with the connection
 * alone in it (close_range(2), {@code CLOSE_RANGE_UNSHARE}), and the process forgets that it had it.
 *
 * <pre>
 *   shared table: 0 1 2 ... fd ...  --unshare-->  shared table: 0 1 2 ... fd ...  --close-->  shared table: 0 1 2 ...
 *                                                 lifeline's:             fd                  lifeline's:   fd
 * </pre>
 *
 * The thread touches no other file from then on, not even by loading a class: every call that it makes is made once before.
 */
final class Lifeline {
    /** How long a lifeline that is let go may still hold on. */
    private static final int LOOK_MILLIS = 500;

    private final int descriptor;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch forgotten = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean holds;
    private volatile boolean letGo;

    private Lifeline(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Holds the connection until the other side ends it, or the calling thread is interrupted, and closes this side's
     * socket. What still comes in is not read.
     *
     * @return whether it was held; where the system cannot do it nothing has happened
     */
    static boolean hold(Socket socket) throws SocketException, InterruptedException {
        OptionalInt descriptor = descriptor(socket);
        if (descriptor.isEmpty()) {
            return false;
        }
        Lifeline lifeline = new Lifeline(descriptor.getAsInt());
        Thread.ofPlatform().daemon().name("lifeline").start(lifeline::run);
        try {
            lifeline.begun.await();
            if (lifeline.holds) {
                // Otherwise Java ends the connection before it closes this descriptor of it.
                socket.setSoLinger(true, 0);
                ControlServer.close(socket);
                lifeline.forgotten.countDown();
                lifeline.ended.await();
            }
            return lifeline.holds;
        } finally {
            lifeline.letGo = true;
            lifeline.forgotten.countDown();
        }
    }

    private void run() {
        try {
            LinuxFiles.endInOrder(descriptor);
            boolean gone = LinuxFiles.isEnded(descriptor, 0);
            holds = LinuxFiles.keepOnly(descriptor);
            begun.countDown();
            if (holds) {
                forgotten.await();
                LinuxFiles.endInOrder(descriptor);
            }
            while (holds && !gone && !letGo) {
                gone = LinuxFiles.isEnded(descriptor, LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            // Nobody does.
        } finally {
            begun.countDown();
            ended.countDown();
        }
    }

    /** Of the connection, in the shared table. */
    private static OptionalInt descriptor(Socket socket) {
        InetAddress to = socket.getInetAddress();
        return to == null
                ? OptionalInt.empty()
                : LinuxFiles.connection(socket.getLocalPort(), to.getAddress(), socket.getPort());
    }
}
