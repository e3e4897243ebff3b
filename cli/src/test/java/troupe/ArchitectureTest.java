package troupe;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;

/** The arrows of the architecture: what may call what. */
@AnalyzeClasses(packages = "troupe", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] LIBRARIES = {"java..", "javax..", "jdk..", "org.jspecify..", "org.slf4j.."};

    @ArchTest
    static final ArchRule settingsKnowNothingOfTheRest = noClasses()
            .that()
            .resideInAPackage("troupe.conf..")
            .should()
            .dependOnClassesThat(inTroupeOutside("troupe.conf"));

    @ArchTest
    static final ArchRule kernelsKnowNothingOfTheRest = classes()
            .that()
            .resideInAPackage("troupe.kernels..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(with("troupe.kernels.."));

    @ArchTest
    static final ArchRule engineHasNoActorsAndNoHttp = noClasses()
            .that()
            .resideInAPackage("troupe.engine..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "akka..",
                    "scala..",
                    "kamon..",
                    "troupe.actors..",
                    "troupe.cluster..",
                    "troupe.http..",
                    "troupe.cli..",
                    "troupe.bench..");

    @ArchTest
    static final ArchRule actorsDoNotKnowWhereTheyRun = noClasses()
            .that()
            .resideInAPackage("troupe.actors..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "troupe.cluster..", "troupe.http..", "troupe.cli..", "troupe.bench..", "troupe.engine.cpu..");

    @ArchTest
    static final ArchRule routingIsPlainClasses = noClasses()
            .that()
            .resideInAPackage("troupe.cluster.routing..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("akka..", "scala..", "kamon..", "troupe.cluster");

    @ArchTest
    static final ArchRule clusterAndHttpDoNotKnowEachOther = noClasses()
            .that()
            .resideInAPackage("troupe.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("troupe.http..", "troupe.cli..", "troupe.bench..", "akka.http..");

    @ArchTest
    static final ArchRule simulationHasNoActorsNoThreadsAndNoClock = noClasses()
            .that()
            .resideInAPackage("troupe.cluster.simulation..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("akka..", "java.util.concurrent..", "troupe.cluster")
            .orShould()
            .dependOnClassesThat(isAClock());

    @ArchTest
    static final ArchRule httpDoesNotKnowTheCluster = noClasses()
            .that()
            .resideInAPackage("troupe.http..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("troupe.cluster..", "troupe.cli..", "troupe.bench..", "troupe.kernels..");

    @ArchTest
    static final ArchRule onlyTheCpuExecutorCallsMatrixKernels = noClasses()
            .that()
            .resideInAPackage("troupe.engine..")
            .and()
            .resideOutsideOfPackages("troupe.engine.cpu..", "troupe.engine.sampling..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("troupe.kernels..");

    @ArchTest
    static final ArchRule templatesStandAlone = classes()
            .that()
            .resideInAPackage("troupe.engine.template..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(with("troupe.engine.template..", "com.fasterxml.jackson.."));

    @ArchTest
    static final ArchRule modelFilesKnowNothingOfTheLoop = noClasses()
            .that()
            .resideInAnyPackage("troupe.engine.gguf..", "troupe.engine.tokenizer..", "troupe.engine.model..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "troupe.engine",
                    "troupe.engine.kv..",
                    "troupe.engine.scheduler..",
                    "troupe.engine.executor..",
                    "troupe.engine.cpu..");

    @ArchTest
    static final ArchRule schedulingDoesNotKnowWhoComputes = noClasses()
            .that()
            .resideInAnyPackage("troupe.engine.kv..", "troupe.engine.scheduler..", "troupe.engine.executor..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("troupe.engine.cpu..", "troupe.engine.gguf..", "troupe.engine.tokenizer..");

    @ArchTest
    static final ArchRule nothingDependsOnTheCommandLine = noClasses()
            .that()
            .resideOutsideOfPackages("troupe.cli..", "troupe.bench..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("troupe.cli..", "troupe.bench..", "picocli..");

    @ArchTest
    static final ArchRule modulesHaveNoCycles =
            slices().matching("troupe.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule everyPackageIsNullMarked = classes()
            .should(new ArchCondition<>("lie in a @NullMarked package") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                        events.add(SimpleConditionEvent.violated(type, type.getPackageName() + " lacks @NullMarked"));
                    }
                }
            });

    /** Durations are values, and settings of what is simulated. */
    private static com.tngtech.archunit.base.DescribedPredicate<JavaClass> isAClock() {
        return com.tngtech.archunit.base.DescribedPredicate.describe(
                "know the time",
                type -> type.getPackageName().startsWith("java.time")
                        && !type.getName().equals("java.time.Duration"));
    }

    private static String[] with(String... more) {
        String[] all = java.util.Arrays.copyOf(LIBRARIES, LIBRARIES.length + more.length);
        System.arraycopy(more, 0, all, LIBRARIES.length, more.length);
        return all;
    }

    private static com.tngtech.archunit.base.DescribedPredicate<JavaClass> inTroupeOutside(String own) {
        return com.tngtech.archunit.base.DescribedPredicate.describe(
                "in Troupe outside " + own,
                type -> type.getPackageName().startsWith("troupe.")
                        && !type.getPackageName().startsWith(own));
    }
}
