package troupe.conf;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** What only this machine's own programs reach. */
public final class Loopback {
    private Loopback() {}

    /**
     * Whether a server that listens on {@code host}, a name or an address, is for this machine alone.
     *
     * @throws UnknownHostException if there is no such address
     */
    public static boolean is(String host) throws UnknownHostException {
        return InetAddress.getByName(host).isLoopbackAddress();
    }
}
