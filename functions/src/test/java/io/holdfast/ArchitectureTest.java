package io.holdfast;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

import org.jspecify.annotations.NullMarked;

import java.util.List;

/** The house's order: a package uses those below it, never those above. */
@NullMarked
@AnalyzeClasses(packages = "io.holdfast", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    /** From the top to the bottom, as DESIGN and the README list them. */
    private static final List<String> ORDER =
            List.of(
                    "socket",
                    "api",
                    "schedule",
                    "timetable",
                    "operation",
                    "turn",
                    "tool",
                    "model",
                    "assistant",
                    "session",
                    "stream",
                    "chunk",
                    "access",
                    "platform");

    /** The doors stand side by side. */
    private static final List<String> DOORS = List.of("socket", "api", "schedule");

    @ArchTest
    static final ArchRule arrowsRunDownwards =
            classes()
                    .should(
                            new ArchCondition<>("use only packages below their own") {
                                @Override
                                public void check(JavaClass user, ConditionEvents events) {
                                    user.getDirectDependenciesFromSelf().stream()
                                            .filter(
                                                    use ->
                                                            !allowed(
                                                                    feature(user),
                                                                    feature(use.getTargetClass())))
                                            .forEach(
                                                    use ->
                                                            events.add(
                                                                    SimpleConditionEvent.violated(
                                                                            user,
                                                                            use.getDescription())));
                                }
                            });

    @ArchTest
    static final ArchRule noCircles =
            slices().matching("io.holdfast.(*)..").should().beFreeOfCycles();

    @ArchTest
    static void everyPackageHasItsPlace(JavaClasses all) {
        classes()
                .should(
                        new ArchCondition<>("live in a package that has a place in the order") {
                            @Override
                            public void check(JavaClass subject, ConditionEvents events) {
                                if (!ORDER.contains(feature(subject))) {
                                    events.add(
                                            SimpleConditionEvent.violated(
                                                    subject, subject.getName() + " has no place"));
                                }
                            }
                        })
                .check(all);
    }

    @ArchTest
    static void everyPackageIsNullMarked(JavaClasses all) {
        classes()
                .should(
                        new ArchCondition<>("live in a @NullMarked package") {
                            @Override
                            public void check(JavaClass subject, ConditionEvents events) {
                                if (!subject.getPackage().isAnnotatedWith(NullMarked.class)) {
                                    events.add(
                                            SimpleConditionEvent.violated(
                                                    subject,
                                                    subject.getPackageName()
                                                            + " is not @NullMarked"));
                                }
                            }
                        })
                .check(all);
    }

    private static boolean allowed(String user, String used) {
        if (!ORDER.contains(used) || user.equals(used)) {
            return true;
        }
        return ORDER.indexOf(user) < ORDER.indexOf(used)
                && !(DOORS.contains(user) && DOORS.contains(used));
    }

    /** The package's name below {@code io.holdfast}; empty for classes of others. */
    private static String feature(JavaClass subject) {
        String name = subject.getPackageName();
        String prefix = "io.holdfast.";
        return name.startsWith(prefix) ? name.substring(prefix.length()).split("\\.", 2)[0] : "";
    }
}
