package troupe.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One streaming chat sent to our own server over a plain socket: the start's last step, without an HTTP client. */
final class SelfRequest {
    private static final int TIMEOUT_MILLIS = 60_000;

    private SelfRequest() {}

    /**
     * Asks for {@code tokens} tokens and returns the whole response, headers included.
     *
     * @throws IOException if the server does not answer with 200
     */
    static String chat(InetSocketAddress server, String model, int tokens) throws IOException {
        InetAddress address =
                server.getAddress().isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : server.getAddress();
        byte[] body = ("{\"model\": \"" + model + "\", \"stream\": true, \"temperature\": 0, \"max_tokens\": " + tokens
                        + ", \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}")
                .getBytes(StandardCharsets.UTF_8);
        try (Socket socket = new Socket(address, server.getPort())) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            String head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
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
}
