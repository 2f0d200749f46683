// JDBC as BI tools use it. Run by `java -cp postgresql.jar Check.java HOST:PORT PASSWORD`.
import java.sql.*;
import java.util.*;

class Check {
  static void that(boolean so, String what) {
    if (!so) throw new AssertionError(what);
    System.out.println("  ok  JDBC: " + what);
  }

  static Set<String> names(ResultSet rows, String column) throws SQLException {
    Set<String> found = new TreeSet<>();
    while (rows.next()) found.add(rows.getString(column));
    return found;
  }

  public static void main(String[] args) throws Exception {
    Properties p = new Properties();
    p.put("user", "anna");
    p.put("password", args[1]);
    String url = "jdbc:postgresql://" + args[0] + "/kith";
    try (Connection c = DriverManager.getConnection(url, p)) {
      DatabaseMetaData about = c.getMetaData();
      that(about.getDatabaseProductName().equals("PostgreSQL"), about.getDatabaseProductVersion());
      that(names(about.getSchemas(), "TABLE_SCHEM").contains("master"), "schemas");
      that(names(about.getCatalogs(), "TABLE_CAT").contains("kith"), "catalogues");
      that(names(about.getTables(null, "master", "%", new String[] {"TABLE"}), "TABLE_NAME").contains("customer"), "tables");
      that(names(about.getColumns(null, "master", "customer", "%"), "COLUMN_NAME").contains("family_name"), "columns");
      that(!about.getPrimaryKeys(null, "master", "customer").next(), "no keys");
      that(!about.getImportedKeys(null, "master", "customer").next(), "no foreign keys");
      that(!about.getIndexInfo(null, "master", "customer", false, true).next(), "no indexes");
      that(names(about.getTypeInfo(), "TYPE_NAME").contains("text"), "types");
      try (PreparedStatement s = c.prepareStatement("SELECT count(*) FROM source.crm WHERE last_name = ? AND ? > 1")) {
        for (int i = 0; i < 8; i++) { // from the fifth on, the server keeps it
          s.setString(1, "Hopper");
          s.setInt(2, 7);
          ResultSet r = s.executeQuery();
          r.next();
          if (r.getLong(1) != 2) throw new AssertionError("run " + i + ": " + r.getLong(1));
        }
        that(true, "a prepared statement, eight times");
      }
      try (PreparedStatement s = c.prepareStatement("SELECT CAST(? AS timestamp), CAST(? AS decimal(10, 2)), ?")) {
        s.setTimestamp(1, Timestamp.valueOf("2024-02-29 12:00:00"));
        s.setBigDecimal(2, new java.math.BigDecimal("12.34"));
        s.setBoolean(3, true);
        ResultSet r = s.executeQuery();
        r.next();
        that(r.getBigDecimal(2).toString().equals("12.34") && r.getBoolean(3), "values");
      }
      c.setAutoCommit(false);
      try (Statement s = c.createStatement()) {
        s.setFetchSize(1000);
        String d = "(VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";
        ResultSet r = s.executeQuery("SELECT a.column1 FROM " + d + " a, " + d + " b, " + d + " c, " + d + " d");
        int n = 0;
        while (r.next()) n++;
        that(n == 10000, "10,000 rows, a thousand at a time");
      }
      c.commit();
      try (Statement s = c.createStatement()) {
        s.executeUpdate("UPDATE source.crm SET email = ''");
        throw new AssertionError("UPDATE was not refused");
      } catch (SQLException e) {
        that("25006".equals(e.getSQLState()), "UPDATE: " + e.getSQLState());
      }
      c.rollback();
    }
    p.put("password", "wrong");
    try {
      DriverManager.getConnection(url, p);
      throw new AssertionError("a wrong password came in");
    } catch (SQLException e) {
      that("28P01".equals(e.getSQLState()), "a wrong password: " + e.getSQLState());
    }
  }
}
