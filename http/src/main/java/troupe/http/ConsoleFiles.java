package troupe.http;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpCharsets;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.headers.RawHeader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The console's files, out of the jars. Only those that are listed here are served, each under a policy that lets a
 * browser run nothing but them and talk to nobody but this server.
 */
final class ConsoleFiles {
    static final String PREFIX = "/console/";

    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static final String FOLDER = "/troupe/http/console/";
    private static final String CHARTS = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

    private static final ContentType HTML = ContentTypes.TEXT_HTML_UTF8;
    private static final ContentType CSS = MediaTypes.TEXT_CSS.toContentType(HttpCharsets.UTF_8);
    private static final ContentType SCRIPT = MediaTypes.applicationWithFixedCharset("javascript", HttpCharsets.UTF_8)
            .toContentType();
    private static final ContentType SVG = MediaTypes.IMAGE_SVG_XML.toContentType();

    private record File(String resource, ContentType type) {}

    private static final Map<String, File> FILES = Map.ofEntries(
            Map.entry("/", new File(FOLDER + "index.html", HTML)),
            own("console.css", CSS),
            own("icon.svg", SVG),
            own("main.js", SCRIPT),
            own("api.js", SCRIPT),
            own("elements.js", SCRIPT),
            own("format.js", SCRIPT),
            own("cluster.js", SCRIPT),
            own("charts.js", SCRIPT),
            own("requests.js", SCRIPT),
            own("chat.js", SCRIPT),
            Map.entry(PREFIX + "uplot.js", new File(CHARTS + "uPlot.esm.js", SCRIPT)),
            Map.entry(PREFIX + "uplot.css", new File(CHARTS + "uPlot.min.css", CSS)));

    private final Map<String, byte[]> read = new ConcurrentHashMap<>();

    /** The file at a path of the server, if there is one. */
    Optional<HttpResponse> find(String path) {
        return Optional.ofNullable(FILES.get(path)).map(file -> response(path, file));
    }

    private HttpResponse response(String path, File file) {
        return HttpResponse.create()
                .withEntity(file.type(), read.computeIfAbsent(path, ignored -> bytes(file)))
                .addHeader(RawHeader.create("Content-Security-Policy", POLICY))
                .addHeader(RawHeader.create("X-Content-Type-Options", "nosniff"))
                .addHeader(RawHeader.create("Referrer-Policy", "no-referrer"))
                .addHeader(RawHeader.create("Cross-Origin-Opener-Policy", "same-origin"))
                .addHeader(RawHeader.create("Cross-Origin-Resource-Policy", "same-origin"))
                .addHeader(RawHeader.create("Cache-Control", "no-cache"));
    }

    private static byte[] bytes(File file) {
        try (InputStream in = ConsoleFiles.class.getResourceAsStream(file.resource())) {
            if (in == null) {
                throw new IllegalStateException(file.resource() + " is not on the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map.Entry<String, File> own(String name, ContentType type) {
        return Map.entry(PREFIX + name, new File(FOLDER + name, type));
    }
}
