using System.Text;
using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Compose;

/// <summary>Caddyfile of the gateway: one port a service, whatever the number of its replicas.</summary>
internal static class GatewayFile
{
    /// <summary>Where it is mounted.</summary>
    public const string Name = "Caddyfile";

    /// <summary>Variable with the address that a port has at the gateway.</summary>
    public static string SiteOf(Workload service, WorkloadPort port) => EnvSetting.NameOf(NameOf(service, port), "site");

    /// <summary>Name of a port in settings: that of its service where it is the main one.</summary>
    public static string NameOf(Workload service, WorkloadPort port) => port == service.Http ? service.Name : $"{service.Name}-{port.Name}";

    public static string Write(IEnumerable<Workload> services)
    {
        var text = new StringBuilder(
            """
            # Written by `aspire publish`. One port a service; its replicas are looked up by name, so scaling needs no change here.
            # Addresses are in .env: a domain name there in the place of a port gets a certificate by itself.
            {
            	admin off
            	servers {
            		# gRPC without TLS.
            		protocols h1 h2 h2c h3
            	}
            }

            """);
        foreach (var (service, port) in services.SelectMany(service => service.Reached.Select(port => (service, port))))
        {
            text.Append(
                $$"""

                {${{SiteOf(service, port)}}} {
                	reverse_proxy {
                		dynamic a {{service.Name}} {{port.Port}} {
                			refresh 2s
                		}
                		lb_policy {{(service.Settings.Sticky ? "ip_hash" : "round_robin")}}
                		# A replica that refuses connections is passed over: nothing had been sent to it.
                		lb_try_duration 5s
                		fail_duration 5s
                		transport http {
                			dial_timeout 1s{{(port.Scheme == "h2c" ? "\n\t\t\tversions h2c" : "")}}
                		}
                	}
                }

                """);
        }
        return text.ToString();
    }
}
