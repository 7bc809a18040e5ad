package org.nero4j.tests;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.nero4j.Optimizer;

/// Every public way into `org.nero4j`, found by reflection, so that a new one is tested without
/// anybody thinking of it.
final class PublicEntries {
  private PublicEntries() {}

  static List<Class<?>> types() {
    ClassLoader loader = Optimizer.class.getClassLoader();
    String jar = Optimizer.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    try (JarFile file = new JarFile(jar)) {
      List<Class<?>> types = new ArrayList<>();
      for (String name :
          file.stream()
              .map(entry -> entry.getName())
              .filter(n -> n.matches("org/nero4j/\\w[\\w$]*\\.class"))
              .sorted()
              .toList()) {
        // Not initialised: some link native functions, which NativeRuntime must have loaded first.
        Class<?> type = Class.forName(name.replace('/', '.').replace(".class", ""), false, loader);
        if (isPublic(type)) {
          types.add(type);
        }
      }
      return types;
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException("the API is not in a jar: " + jar, e);
    }
  }

  private static boolean isPublic(Class<?> type) {
    return Modifier.isPublic(type.getModifiers())
        && (type.getDeclaringClass() == null || isPublic(type.getDeclaringClass()));
  }

  /// Methods and constructors that the library itself wrote, in the order of their names.
  static List<Executable> all() {
    return types().stream()
        .flatMap(
            t ->
                Stream.<Executable>concat(
                    Arrays.stream(t.getDeclaredConstructors()),
                    Arrays.stream(t.getDeclaredMethods())))
        .filter(e -> Modifier.isPublic(e.getModifiers()))
        .filter(e -> !e.isSynthetic() && !isImplied(e))
        .sorted(Comparator.comparing(PublicEntries::name))
        .toList();
  }

  /// What the language gives an enum or a record, or every object has.
  private static boolean isImplied(Executable e) {
    Class<?> type = e.getDeclaringClass();
    return (type.isEnum() && (e.getName().equals("valueOf") || e.getName().equals("values")))
        || e.getName().equals("equals")
        || e.getName().equals("hashCode")
        || e.getName().equals("toString");
  }

  /// Such as `Optimizer.rebind(String, MemorySegment, MemorySegment)`.
  static String name(Executable e) {
    String type = e.getDeclaringClass().getName().replace("org.nero4j.", "").replace('$', '.');
    String parameters =
        String.join(", ", Arrays.stream(e.getParameterTypes()).map(Class::getSimpleName).toList());
    return "%s.%s(%s)".formatted(type, e instanceof Constructor ? "new" : e.getName(), parameters);
  }

  static boolean isStatic(Executable e) {
    return e instanceof Constructor || Modifier.isStatic(e.getModifiers());
  }

  static Object invoke(Executable e, Object target, Object[] arguments)
      throws ReflectiveOperationException {
    return e instanceof Constructor<?> c
        ? c.newInstance(arguments)
        : ((Method) e).invoke(target, arguments);
  }
}
