package troupe.multinode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** A class of the project as another release might have it: its source with one change, compiled. */
final class ChangedClass {
    private ChangedClass() {}

    /**
     * Compiles a changed class.
     *
     * @param module of the project, whose source folder has it
     * @param name of the class, with its package
     * @param before what of its source is replaced
     * @return a folder to put before the others on a class path
     */
    static Path compile(Path folder, String module, String name, Pattern before, String after) throws IOException {
        Path source = Path.of(System.getProperty("project.root"), module, "src", "main", "java")
                .resolve(name.replace('.', '/') + ".java");
        Matcher matcher = before.matcher(Files.readString(source));
        if (!matcher.find()) {
            throw new IOException(source + " has no " + before);
        }
        Path changed = Files.createDirectories(folder.resolve("source"))
                .resolve(name.substring(name.lastIndexOf('.') + 1) + ".java");
        Files.writeString(changed, matcher.replaceFirst(Matcher.quoteReplacement(after)));
        Path classes = Files.createDirectories(folder.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        int status = compiler.run(
                null,
                null,
                null,
                "-proc:none",
                "-nowarn",
                "-d",
                classes.toString(),
                "-cp",
                NodeProcess.classPath(),
                changed.toString());
        if (status != 0) {
            throw new IOException(changed + " cannot be compiled");
        }
        return classes;
    }

    /** This build with another number of its protocol. */
    static Path protocol(Path folder, int version) throws IOException {
        return compile(
                folder,
                "actors",
                "troupe.actors.Protocol",
                Pattern.compile("new Protocol\\(\\d+, \"[^\"]*\"\\)"),
                "new Protocol(" + version + ", \"" + version + ".0.0\")");
    }

    /** This build with a tokenizer whose work differs from the present one's by its fingerprint. */
    static Path tokenizer(Path folder) throws IOException {
        return compile(
                folder,
                "engine",
                "troupe.engine.model.TokenizerFingerprint",
                Pattern.compile("The quick brown fox"),
                "A quick brown fox");
    }
}
