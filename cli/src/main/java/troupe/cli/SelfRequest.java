package troupe.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import troupe.conf.Secret;

/**
 * A client of our own server over a socket, without an HTTP client: the start's last step.
 *
 * @param tls that trusts the server; empty: it speaks HTTP
 * @param key of this process
 */
record SelfRequest(InetSocketAddress server, Optional<SSLContext> tls, Secret key) {
    private static final int TIMEOUT_MILLIS = 60_000;

    /**
     * Sends one streaming chat, asks for {@code tokens} tokens and returns the whole response, headers included.
     *
     * @throws IOException if the server does not answer with 200
     */
    String chat(String model, int tokens) throws IOException {
        InetAddress address =
                server.getAddress().isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : server.getAddress();
        byte[] body = ("{\"model\": \"" + model + "\", \"stream\": true, \"temperature\": 0, \"max_tokens\": " + tokens
                        + ", \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}")
                .getBytes(StandardCharsets.UTF_8);
        try (Socket socket = connect(address)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            String head =
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
                            + key.value() + "\r\n"
                            + "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            ByteArrayOutputStream response = new ByteArrayOutputStream();
            InputStream in = socket.getInputStream();
            in.transferTo(response);
            String text = response.toString(StandardCharsets.UTF_8);
            if (!text.startsWith("HTTP/1.1 200")) {
                throw new IOException("the server answered itself: "
                        + text.lines().findFirst().orElse("nothing"));
            }
            return text;
        }
    }

    private Socket connect(InetAddress address) throws IOException {
        return tls.isPresent()
                ? tls.get().getSocketFactory().createSocket(address, server.getPort())
                : new Socket(address, server.getPort());
    }
}
