import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.util.Collections;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** Prints the key entries of PKCS#12 files, whose passwords are the lines of the input, as Android's installer finds them by BouncyCastle. */
public class Aliases {
    public static void main(String[] args) throws Exception {
        BufferedReader passwords = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String file : args) {
            char[] password = passwords.readLine().toCharArray();
            KeyStore store = KeyStore.getInstance("PKCS12", new BouncyCastleProvider());
            try (FileInputStream in = new FileInputStream(file)) {
                store.load(in, password);
            }
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) {
                    PrivateKey key = (PrivateKey) store.getKey(alias, password);
                    System.out.println(alias + " " + key.getAlgorithm() + " " + store.getCertificateChain(alias).length);
                }
            }
        }
    }
}
